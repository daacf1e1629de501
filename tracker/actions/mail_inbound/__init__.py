"""Mail that comes back: which message it is about, and what follows from it. Mail that is about none of ours leaves no trace."""
