"""What is wrong in the article's recipes, reproduced in each framework: what happens and what it costs."""
