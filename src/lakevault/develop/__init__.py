"""For those who change the project: new feeds and marts, checks, reviews, proofs."""
