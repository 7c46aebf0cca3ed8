"""The Web API's methods, one module per family. Each answers without `ok`, or raises `Refused`."""
