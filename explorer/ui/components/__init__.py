"""Components that run in the browser, for what cannot wait for the server: each is one function with a typed result.

A component is three files of one name: Python, JavaScript and CSS. The JavaScript and the CSS are read once, at import.
"""
