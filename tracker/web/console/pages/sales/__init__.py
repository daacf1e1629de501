"""The pages of sales, costs and exchange rates."""
