"""Components that run in the browser, for what cannot wait for the server: each is one function with a typed result.

A component is a Python module and, under `browser/`, a folder of its name with JavaScript modules and styles, which
`browser_side` reads once, at import; `browser/shared/` has what they have in common. A Python module beside a component
(`panel`, `latent_layers`) holds what is checked and packed for it.
"""
