"""The chaos: the real processes of the product, killed and starved at random while people use it (docs/reliability.md)."""
