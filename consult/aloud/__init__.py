"""Lines read aloud over a telephone, by somebody without a computer: a code lets her in, her takes come to the shelf.

Rule 1: she is nobody here: no participant is made of her, no conversation is begun, her number is kept nowhere.
Rule 2: what she says is for everybody's ears, as all of the shelf is; still it is sealed until she says "keep it", and
gone at the carrier once it is here.
Rule 3: a telephone fills gaps: what somebody has recorded already is replaced on the page only.
"""
