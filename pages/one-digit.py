"""The page that sends one digit through a run of every kind."""

from explorer.ui.one_digit.page import one_digit_page

if __name__ == "__main__":
    one_digit_page()
