"""Pages opened by the app's own script, as a browser that has just come has them, with nothing in the background."""

import contextlib

import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.settings import APP_FOLDER, settings
from explorer.ui import run_table
from explorer.ui.shelf import services
from explorer.ui.shelf.remembered import forget_everything
from tests.pages import NoEngine


@contextlib.contextmanager
def opened_pages(patch):
    """Give a function that opens a page by its name, with parameters of its URL."""
    # at each run of a page Streamlit looks for components in every package: half of the time, and nothing found
    patch.setattr("streamlit.components.v2.manifest_scanner.scan_component_manifests", list)
    services._WARMING.set()  # no workers in the background of a test
    patch.setattr("explorer.ui.still_measured.engine", lambda: NoEngine)

    def opened(name, **parameters):
        test = AppTest.from_file(APP_FOLDER / "Home.py", default_timeout=60)
        test.switch_page(f"pages/{name}.py")
        for each, value in parameters.items():
            test.query_params[each] = str(value)
        return test.run()

    forget()
    yield opened
    forget()


def forget():
    """Let the next page begin without what earlier ones have found out."""
    settings.cache_clear()
    run_table.forget_table()
    forget_everything()
    st.cache_resource.clear()
