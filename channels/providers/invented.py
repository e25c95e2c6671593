"""Numbers of the demo's telephones: invented, and valid.

+1 NXX 555-0100 to 0199 is set aside for fiction in every area code (https://www.nationalnanpa.com/number_resource_info/
555_numbers.html), rings nowhere, and still passes as a valid number with phonenumbers, where the ranges of Britain,
France and Australia or a made-up +999 do not.
"""

from __future__ import annotations

import re

INVENTED = re.compile(r"\+1[2-9][0-9]{2}55501[0-9]{2}")
TEXTS, CALLS = "+12025550100", "+18005550199"  # the hub's own
