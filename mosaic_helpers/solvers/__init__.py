"""What `transport` is made of: scales, plans, prices, columns, the simplex method, repairs."""
