"""The version of this package: always that of the platform (a test compares it with eng/Common.props)."""

__version__ = "0.1.0"
