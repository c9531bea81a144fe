"""The page of all runs."""

from explorer.ui.runs_page import runs_page

if __name__ == "__main__":
    runs_page()
