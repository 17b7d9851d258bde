"""What `transport` is made of: candidates, prices, the simplex method, plans and repairs."""
