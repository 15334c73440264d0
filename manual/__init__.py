"""The documentation as a site: pages of `docs/`, an API reference and a gallery, for `site/`."""
