"""The whole system on one machine: AWS, Personalize, the functions and what feeds them."""
