"""The landing page, and the application that Streamlit serves: `streamlit run Home.py`."""

if __name__ == "__main__":
    from explorer.ui.home import home

    home()
elif __name__ == "Home":  # as the server imports this file
    import streamlit as st

    from explorer.ui.guard import MIDDLEWARE, starting

    app = st.App(__file__, middleware=MIDDLEWARE, lifespan=starting)
