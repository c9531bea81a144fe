"""Components that run in the browser, for what cannot wait for the server: each is one function with a typed result.

A component is a Python, a JavaScript and a CSS file of one name. JavaScript and CSS are read once, at import; a module
beside a component (`panel`, `latent_layers`, `latent_plot`) holds what is checked and packed, or drawn, for it.
"""
