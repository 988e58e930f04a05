"""Two files, or two folders of products, laid side by side."""
