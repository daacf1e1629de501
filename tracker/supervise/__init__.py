"""Starts the processes of the Procfile and the embedded servers, restarts failed ones and stops all in order. Used by `leadlight up`."""
