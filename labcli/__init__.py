"""labcli: AWS labs in your terminal, on an AWS embedded in your own machine."""

__version__ = "0.1.0"
