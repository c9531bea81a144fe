"""The landing page: `streamlit run Home.py`."""

from explorer.ui.home import home

if __name__ == "__main__":
    home()
