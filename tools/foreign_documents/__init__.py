"""Documents of other people: what our generator and the stock one make of them."""
