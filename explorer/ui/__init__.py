"""All that imports streamlit: pages' parts, controls made from configs, views and components."""
