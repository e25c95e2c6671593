"""What to do about each fault that a check can give, in the page's language; the checks themselves speak English.

Rule 1: a fault is known by its whole sentence; one entry may stand for several that are mended in the same way.
Rule 2: a check that gains a fault gains its entry here: a test reads the checks' sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from consult.web.office.designing import tongue_name
from consult.wording import Say

Sentence = Callable[[Say, re.Match[str]], str]
SENTENCES: Final[tuple[tuple[str, Sentence], ...]] = (
    (r"has no text in this language", lambda say, _: say("Nothing is written here yet.")),
    (r"is missing", lambda say, _: say("Write it: nothing is published without it.")),
    (
        r"the keyword (.*) belongs to the consultation (.*)",
        lambda say, found: say(
            "{word} is the word of another consultation ({name}). Choose another neutral one.",
            word=found[1],
            name=found[2],
        ),
    ),
    (
        r"words of it were read by nobody but their writer",
        lambda say, _: say("No second person has read all of its words. Have them read, or tick that it goes out so."),
    ),
    (r"has too few choices", lambda say, _: say("Write at least two answers.")),
    (r"has no start and end", lambda say, _: say("Write the smallest and the largest number.")),
    (r"there is nothing to answer", lambda say, _: say("Add a question that asks.")),
    (r"is not set: inbound only, .*", lambda say, _: say("Without safe hours we never write first; she writes to us.")),
    (r"the system's words in .* review", lambda say, _: say("Our own words await review by native speakers.")),
    (
        r"has a constraint and no message.*",
        lambda say, _: say("Write what she reads when her answer is not accepted."),
    ),
    (
        r"there is no list of sensitive words in .*",
        lambda say, _: say(
            "We know no list of sensitive words in this language. Have somebody read every text as a stranger would."
        ),
    ),
    (r"choices .* read the same", lambda say, _: say("Two answers read the same. Word them apart.")),
    (
        r"holds an address of the internet",
        lambda say, _: say("Leave the internet address out: it leaves a trace on her telephone."),
    ),
    (r"holds what looks like a telephone number", lambda say, _: say("Leave the telephone number out.")),
    (
        r"holds the consultation's title",
        lambda say, _: say(
            "It repeats the title of the consultation, which is never sent. Word one of them otherwise."
        ),
    ),
    (r"does not say adults only", lambda say, _: say("Say that it is for those of 18 or more.")),
    (
        r"shows (.+) on her phone",
        lambda say, found: say("It shows “{words}” on her telephone. Say it in neutral words.", words=found[1]),
    ),
    (
        r"seems to ask what was done to herself.*",
        lambda say, _: say("It seems to ask what was done to herself. Ask about the area, not about her."),
    ),
    (
        r"(\d+) questions are asked; half stop.*",
        lambda say, found: say("{n} questions are too many: half stop after the first few. Or say why.", n=found[1]),
    ),
    (
        r"(\d+) questions are asked; after five.*",
        lambda say, found: say(
            "{n} questions: after five most have stopped. The most important comes first.", n=found[1]
        ),
    ),
    (
        r"has (\d+) choices; for voice.*",
        lambda say, found: say("{n} answers: by telephone few hear the last. Keep to four.", n=found[1]),
    ),
    (
        r"has (\d+) choices and a telephone nine keys",
        lambda say, found: say("{n} answers, and a telephone has nine keys. Merge some, or ask twice.", n=found[1]),
    ),
    (
        r'".*" takes (\d+) segments in .*, at most 4 are accepted.*',
        lambda say, found: say(
            "It takes {n} SMS; four are the most. Use fewer words, or write shorter ones.", n=found[1]
        ),
    ),
    (
        r'".*" takes (\d+) segments in .*, more than 2 are often not read.*',
        lambda say, found: say("It takes {n} SMS; more than two are often not read. Use fewer words.", n=found[1]),
    ),
    (r"a whole call takes about (\d+:\d\d)", lambda say, found: say("A whole call takes about {n} min.", n=found[1])),
    # ---- by telephone
    (
        r'"(.*)" \([\w-]+\) has no audio',
        lambda say, found: say("Not recorded yet: “{words}”. Read it aloud under “Recording”.", words=found[1]),
    ),
    (
        r'"(.*)" \([\w-]+\) is read by a machine',
        lambda say, found: say("A machine reads “{words}”. A voice is understood better: record it.", words=found[1]),
    ),
    (
        r"a whole call takes about (\d+:\d\d); most hang up.*",
        lambda say, found: say("A whole call takes about {n} min. Most hang up after three: ask less.", n=found[1]),
    ),
    (
        r"a whole call takes about (\d+:\d\d); five at most.*",
        lambda say, found: say("A whole call takes about {n} min; five at most. Ask less, or say why.", n=found[1]),
    ),
    (r".+ is not a language of it", lambda say, _: say("Its dialect is of a language that is not used. Take it out.")),
    (r".+ is no dialect of .+", lambda say, _: say("The dialect is none of this language. Name another one.")),
    (
        r"a call has keys for 8 choices and passes over this question of \d+",
        lambda say, _: say("By telephone it is passed over: a call has keys for eight answers. Merge some."),
    ),
    # ---- the length of messages
    (
        r"the consent takes (\d+) text messages; \d+ at most are read",
        lambda say, found: say("The consent takes {n} messages; two at most are read. Use fewer words.", n=found[1]),
    ),
    (
        r'".*" takes (\d+) segments.*',
        lambda say, found: say("It takes {n} SMS. In cheap letters it takes fewer, where they are read.", n=found[1]),
    ),
    (
        r'".*" takes (\d+) screens of a dialled code.*',
        lambda say, found: say("It takes {n} screens of a dialled code. Use fewer words.", n=found[1]),
    ),
    # ---- days, hours, place
    (r"\S+ is before opening, \S+", lambda say, _: say("The last day is before the first. Write the later one last.")),
    (
        r"\S+ is before the last day of answers, \S+",
        lambda say, _: say("News is promised before the last day. Write a later day."),
    ),
    (r"\S+ is over: .*", lambda say, _: say("This day is over. Write a day to come.")),
    (
        r"has no time zone: each number's country decides",
        lambda say, _: say("There is no time zone. Without one it cannot be launched on these pages: write one."),
    ),
    (
        r"is no country or region",
        lambda say, _: say("There is no such country or region. Write one such as NG or NG-BO."),
    ),
    (r"is no time zone", lambda say, _: say("There is no such time zone. Write one such as Africa/Lagos.")),
    (r".+ has \d+ time zones, .*", lambda say, _: say("This country has several time zones. Write which one.")),
    (
        r"says that answering costs her nothing",
        lambda say, _: say("It says that a reply is free. Try it from every network before the launch."),
    ),
    (
        r"is not recorded in every language",
        lambda say, _: say("It is not recorded in every language. Record the others."),
    ),
    # ---- languages
    (r"language .+ is not installed; .*", lambda say, _: say("This hub does not know this language. Leave it out.")),
    (
        r"cannot be texted in (.+)",
        lambda say, found: say(
            "No word to join with in: {languages}. Give each its own.",
            languages=", ".join(map(tongue_name, found[1].split(", "))),
        ),
    ),
    (
        r"has text in .+, which is not used",
        lambda say, _: say("It has words in a language that is not used. Add the language, or take them out."),
    ),
    # ---- a practice
    (
        r"asks for own words in a practice",
        lambda say, _: say("A practice asks for no words of her own. Ask something that a key answers."),
    ),
    (r"asks about her in a practice", lambda say, _: say("A practice asks nothing about her. Ask something harmless.")),
    (r"is elevated in a practice", lambda say, _: say("A practice is not for where answering is dangerous. Say “no”.")),
    (
        r"a practice and a consultation cannot become each other",
        lambda say, _: say("A practice stays a practice. Publish this under another name, with another word."),
    ),
    # ---- the kind of a question, and its numbers
    (r"'.*' is no type here", lambda say, _: say("This kind of answer is not known here. Choose another one.")),
    (r"has the name of .+", lambda say, _: say("Something else has this short name. Give it its own.")),
    (
        r"segment cannot be made of \S+ answers",
        lambda say, _: say("Groups are made of few, broad answers: ask with one of several answers."),
    ),
    (
        r"exact numbers can single her out",
        lambda say, _: say("An exact number can tell who she is. Ask with bands, such as 18 to 29."),
    ),
    (
        r"segment and sensitive exclude each other",
        lambda say, _: say("It says who she is and is sensitive: it can be one of the two only."),
    ),
    (
        r"a note's words cannot be shown at elevated risk",
        lambda say, _: say("Where answering is dangerous no notice is shown. Say it on the radio, and remove it here."),
    ),
    (
        r"her own words stay on her telephone and may tell who she is",
        lambda say, _: say("Her own words stay on her telephone. Better ask with answers to choose from."),
    ),
    (r"a note has no answer to be segment or sensitive", lambda say, _: say("A notice has no answer. Untick both.")),
    (r"\S+ means nothing for \S+", lambda say, _: say("Something is set that this kind of answer does not have.")),
    (r"start \S+ is not below end \S+", lambda say, _: say("The smallest number is not below the largest.")),
    (
        r".+ are answers here, so they cannot mean not sure.*",
        lambda say, _: say("77, 88 or 99 are answers here, so they cannot mean “not sure” or “rather not say”."),
    ),
    (r"has more than \d+ steps", lambda say, _: say("The scale has too many steps. Use fewer, or ask for a number.")),
    (
        r"asks for \S+ places among \d+ choices|cannot ask for \S+ to \S+ of \d+ choices",
        lambda say, _: say("It asks for more answers than there are, or for fewer at most than at least."),
    ),
    # ---- answers to choose from
    (r"has choice \S+ \d+ times", lambda say, _: say("Two answers have the same short name. Remove one.")),
    (
        r"choice \S+ has the name of an answer that is always there|('.*'|\".*\") also means \S+",
        lambda say, _: say("Every question accepts this answer by itself. Remove it."),
    ),
    (
        r"the length of an answer would tell how much was chosen",
        lambda say, _: say("The short names of the answers are too long. Shorten them; she never sees them."),
    ),
    (
        r"\S+ would be taken for the key of another choice",
        lambda say, _: say("This number would be taken for another answer's key. Write it in words."),
    ),
    # ---- words that mean something here
    (
        r"('.*'|\".*\") (?:(?:contains|is too near to) (\S+), which )?means (\S+) (?:in|to) .+",
        lambda say, found: say(
            "{word} would be taken for {other}. Choose another word.",
            word=found[1],
            other=(found[2] or found[3]).upper(),
        ),
    ),
    (
        r"('.*'|\".*\") (contains|is too near to|is a word that carriers|has no letters).*",
        lambda say, found: say("{word} means something else here, or nearly so. Choose another word.", word=found[1]),
    ),
    (
        r"('.*'|\".*\") is (a sensitive word|a word of the title|also the label of a choice)",
        lambda say, found: say(
            "{word} tells the topic, or is an answer. Choose another, such as RIVER.", word=found[1]
        ),
    ),
    (r"must be one word of \d+ to \d+ letters", lambda say, _: say("Write one word of 3 to 16 letters.")),
    (
        r"('.*'|\".*\") is the word of \S+ and of \S+, .*",
        lambda say, _: say("Two languages have the same word, so it does not tell the language. Give each its own."),
    ),
    # ---- rules
    (
        r"has a message and no constraint",
        lambda say, _: say("Answers are never refused, so remove what she reads then."),
    ),
    (r"cannot be read", lambda say, _: say("This rule cannot be read. Look at how it is written.")),
    (
        r"there is no question .+|looks at \S+, which is asked later|looks at its own answer"
        r"|is part of a cycle: .*|looks at \. before there is an answer",
        lambda say, _: say("The rule must look at a question that was asked before. Choose another one."),
    ),
    (
        r"never looks at the answer",
        lambda say, _: say("This does not look at her answer. Write a dot where her answer is meant."),
    ),
    (
        r"what is asked next gives away her answer to \S+, which is sensitive",
        lambda say, _: say("What is asked next gives a sensitive answer away. Ask it of everybody."),
    ),
    (
        r"\S+ has no choices to count|compares \S+ with another answer|\S+ may have several choices, .*"
        r"|\S+ is a number and .* is none|her words \(\S+\) are not kept while she answers"
        r"|\S+ is a note and has no answer|the choices of \S+ have no order|\S+ has no choices|\S+ has no choice .+",
        lambda say, _: say("The rule asks for an answer that this question cannot have. Correct it."),
    ),
    (r"can never be true", lambda say, _: say("The rule is never true: nobody would be asked. Correct it.")),
    # ---- words for the air, and groups put together
    (
        r"on_air: .*",
        lambda say, _: say(
            "A question before it must ask whether her words may be read, with “yes” and “no” as short names."
        ),
    ),
    (
        r"what is sensitive, or asked at elevated risk, is not read on the air",
        lambda say, _: say("What is sensitive or dangerous is never read on the radio. Leave that empty."),
    ),
    (
        r"is made of \d+ segments, not of two|when: .*",
        lambda say, _: say("A group put together needs two questions that say who she is, and some of their answers."),
    ),
    (r"label is missing in \S+", lambda say, _: say("Nothing is written here yet.")),
    (
        r"somebody was heard already: what is put together cannot change",
        lambda say, _: say("Somebody was heard already: the groups that are put together stay as they are."),
    ),
    # ---- publishing
    (
        r"this is a field node: its consultations come from its hub",
        lambda say, _: say("This is a field node. Publish on the hub; it comes here by itself."),
    ),
    (r"\S+ is retired", lambda say, _: say("A consultation of this name is retired. Choose another name.")),
    (
        r"says nothing of what is overdue since the last round .*",
        lambda say, _: say(
            "An answer is overdue since the last round. Say under “Why it is asked” that none has come."
        ),
    ),
)
