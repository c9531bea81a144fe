"""The page of effects."""

from explorer.ui.effects.page import effects_page

if __name__ == "__main__":
    effects_page()
