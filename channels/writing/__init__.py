"""What is written to her, whatever carries it: prompts as lines, and the alphabets of networks."""
