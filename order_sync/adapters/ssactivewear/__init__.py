"""S&S Activewear API v2 as a supplier: places orders, finds them again, lists items and payment profiles."""
