"""The billing account of the subscriptions, like one at Stripe (simulated): lives, objects, events, truth."""
