"""Language models of any provider, through litellm."""
