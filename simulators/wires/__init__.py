"""How a simulated device is reached: USB, TCP, a card reader."""
