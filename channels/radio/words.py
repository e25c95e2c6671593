"""What a presenter reads besides the definition's own words, and the headings of the paper.

Rule 1: short sentences, as they are spoken; neutral, and nothing that only one side would say.
Rule 2: no name, no number of people and no earlier answer of anyone stands in a sentence.
"""

from __future__ import annotations

from consult.wording import Say

_LEFT_TO_RIGHT, _END = "\u2066", "\u2069"  # numbers keep their order in every script


def number(digits: str) -> str:
    """A telephone number that keeps its order in a right-to-left line."""
    return f"{_LEFT_TO_RIGHT}{digits}{_END}"


# ---- on air: opening


def this_is(say: Say, station: str, frequency: str) -> str:
    if not frequency:
        return say("This is {station}.", station=station)
    return say("This is {station}, {frequency}.", station=station, frequency=number(frequency))


def welcome(say: Say) -> str:
    return say("Welcome. Today we ask for your view, and you stay unnamed.")


def who_asks(say: Say, who: str, readers: str) -> str:
    return say("{who} asks everybody who is 18 or older. The answers go to {readers}.", who=who, readers=readers)


def your_choice(say: Say) -> str:
    return say("Taking part is your choice. There is no reward and no penalty.")


def no_names(say: Say) -> str:
    return say("We do not need your name. Please say no names and no places, neither your own nor those of others.")


def a_voice_is_known(say: Say) -> str:
    return say("A voice can be recognised. If that is not safe for you, send a message, or only listen.")


def heard_last_time(say: Say) -> str:
    return say("Last time we asked as well. This is what we heard.")


def first_time(say: Say) -> str:
    return say("What we hear today we will tell you in a later programme.")


def we_had_asked(say: Say, question: str) -> str:
    return say("We had asked: {question}", question=question)


def named_most(say: Say, label: str) -> str:
    return say("Named most often: {label}.", label=label)


def named_next(say: Say, label: str) -> str:
    return say("Named next: {label}.", label=label)


def too_few(say: Say) -> str:
    return say("Too few answers have come for us to tell you more.")


def not_everybody(say: Say) -> str:
    return say("Those who answered do not stand for everybody.")


def together_with(say: Say, first: str, second: str) -> str:
    # Tr: two answers that were named equally often
    return say("{first}, and as often {second}", first=first, second=second)


# ---- on air: the questions


def here_is_the_question(say: Say) -> str:
    return say("Here is a question. You will hear it twice.")


def once_more(say: Say) -> str:
    return say("Once more, word for word.")


def for_choice(say: Say, label: str, key: str) -> str:
    return say("{label}: answer {key}.", label=label, key=key)


def more_than_one(say: Say) -> str:
    return say("You can choose more than one.")


def most_important_first(say: Say) -> str:
    return say("Say the most important one first.")


def from_to(say: Say, low: int | None, high: int | None) -> str:
    if low is None or high is None:
        return say("Answer with a number.")
    return say("Answer with a number from {low} to {high}.", low=low, high=high)


def own_words(say: Say) -> str:
    return say("Answer in your own words.")


def also(say: Say) -> str:
    return say("You can also say: I am not sure, the question is not clear, or I would rather not say.")


# ---- on air: how to answer


def by_message(say: Say, keyword: str, to: str) -> str:
    return say("To answer by message, send the word {keyword} to {number}.", keyword=keyword, number=number(to))


def by_call(say: Say, to: str) -> str:
    return say("To answer by telephone, ring {number}.", number=number(to))


def by_beep(say: Say, label: str, to: str) -> str:
    return say("For {label}: ring {number}.", label=label, number=number(to))


def ring_and_hang_up(say: Say) -> str:
    return say("Ring once and hang up, nobody answers. Of each telephone the last call counts.")


def beep_stays(say: Say) -> str:
    return say("The number you rang stays in the list of calls of the telephone.")


def listen_for_it(say: Say) -> str:
    return say("Our team tells you now how you can answer.")


def costs_nothing(say: Say) -> str:
    return say("Answering costs you nothing.")


def costs_as_usual(say: Say) -> str:
    return say("It costs what a message or a call costs you on other days.")


def until(say: Say, when: str) -> str:
    return say("You can answer until {when}.", when=number(when))


def traces(say: Say) -> str:
    return say("Who holds your telephone can see that you rang or wrote. Delete it if you need to.")


# ---- on air: background, calls, messages, end


def more_than_one_side(say: Say) -> str:
    return say("We hear more than one side.")


def thank_caller(say: Say) -> str:
    return say("Thank you for calling. Without names and places: what is your view?")


def next_caller(say: Say) -> str:
    return say("Thank you. We go on with the next call.")


def a_listener_says(say: Say) -> str:
    return say("Somebody sent us a message. In our own words it says:")


def no_numbers_yet(say: Say) -> str:
    return say("We give no numbers today, since answers still come in. What you hear is not an election.")


def what_next(say: Say, readers: str) -> str:
    return say("All answers together go to {readers}, without any name.", readers=readers)


def news_by(say: Say, day: str) -> str:
    return say("We will tell you what came of it by {day}.", day=number(day))


def help_line(say: Say, line: str) -> str:
    return say("If you need help, ring {number}. It is not for emergencies.", number=number(line))


def goodbye(say: Say) -> str:
    return say("Thank you for listening, and for answering.")


# ---- to the presenter, never read aloud


def for_guest(say: Say, time: str) -> str:
    return say("Guest: {time} at most. Each side gets the same time.", time=number(time))


def for_calls(say: Say) -> str:
    return say("Air only calls that were recorded and heard before. One woman for each man, women first.")


def for_messages(say: Say) -> str:
    return say("Read only from slips marked for reading, in other words than theirs.")


def for_feedback(say: Say) -> str:
    return say("Say only what the facilitator gave you for this.")


def repeat(say: Say) -> str:
    return say("Again: how to answer.")


# ---- cues, in capitals where the script has them


def cue_music(say: Say) -> str:
    # Tr: cue in a radio script, in capitals where the script has them
    return say("MUSIC")


def cue_host(say: Say) -> str:
    # Tr: cue in a radio script: who speaks
    return say("HOST")


def cue_guest(say: Say) -> str:
    # Tr: cue in a radio script: who speaks
    return say("GUEST")


def cue_calls(say: Say) -> str:
    # Tr: cue in a radio script: callers
    return say("CALLS")


def cue_reader(say: Say) -> str:
    # Tr: cue in a radio script: somebody who reads out messages
    return say("READER")


def cue_out(say: Say) -> str:
    # Tr: cue in a radio script: the last words before the programme ends
    return say("OUT-CUE")


# ---- the paper


def heading(say: Say, title: str, episode: int) -> str:
    # Tr: heading of a radio script, {title} is the consultation's
    return say("{title}, episode {episode}", title=title, episode=episode)


def read_aloud(say: Say) -> str:
    return say("Read aloud what stands beside the clock. Do not change the questions.")


def language(say: Say) -> str:
    # Tr: label on a radio script
    return say("Language")


def length(say: Say) -> str:
    # Tr: label on a radio script: how long the programme is
    return say("Length")


def spoken(say: Say) -> str:
    # Tr: label on a radio script: how long the words take to read
    return say("Words to read")


def version(say: Say) -> str:
    # Tr: label on a radio script: the version of the consultation
    return say("Version")


def day(say: Say) -> str:
    # Tr: label on a radio script: when it is broadcast
    return say("Day")


def time_and_cue(say: Say) -> str:
    # Tr: heading of a column of a radio script
    return say("Time, cue")


def text(say: Say) -> str:
    # Tr: heading of a column of a radio script
    return say("Text")


def order(say: Say) -> str:
    # Tr: label on a radio script: the order in which the answers are read in this episode
    return say("Order read")


def not_read(say: Say) -> str:
    # Tr: label on a radio script: questions that this episode leaves out
    return say("Not in this episode")


def too_long(say: Say, over: str) -> str:
    return say("Too long by {time}. Leave out a question, or take a longer programme.", time=number(over))


def no_station(say: Say) -> str:
    return say("Neither the station nor its numbers are known: give the station's settings.")


# ---- the call sheet


def call_sheet(say: Say, title: str, episode: int) -> str:
    # Tr: heading of the paper on which callers are noted during a radio programme
    return say("Call sheet: {title}, episode {episode}", title=title, episode=episode)


def sheet(say: Say) -> str:
    # Tr: label before the number of a sheet of paper
    return say("Sheet")


def never_a_name(say: Say) -> str:
    return say("Write no name, no telephone number and no village. The ticket number is all that tells callers apart.")


def who_codes(say: Say, w: str, m: str, o: str, u: str) -> str:
    # Tr: the letters to be written in the column "Who"
    return say("Who: {w} woman, {m} man, {o} other, {u} unknown.", w=w, m=m, o=o, u=u)


def consent_codes(say: Say, a: str, r: str, w: str, c: str) -> str:
    # Tr: the letters to be written in the column "Agrees to"
    return say("Agrees to: {a} live, {r} recorded, {w} being read out, {c} being counted only.", a=a, r=r, w=w, c=c)


def mark_danger(say: Say) -> str:
    return say("Mark ! where somebody may be in danger, and tell the producer at once.")


def count_up(say: Say) -> str:
    return say("At the end count the tickets, and how often each answer was given. For each question both must agree.")


def ticket(say: Say) -> str:
    # Tr: heading of a column of the call sheet: the number that stands for a caller
    return say("Ticket")


def time(say: Say) -> str:
    # Tr: heading of a column of the call sheet: when somebody called
    return say("Time")


def who(say: Say) -> str:
    # Tr: heading of a column of the call sheet: woman, man, other or unknown
    return say("Who")


def point(say: Say) -> str:
    # Tr: heading of a column of the call sheet: what the caller wants to say
    return say("Point, at most 12 words")


def agrees(say: Say) -> str:
    # Tr: heading of a column of the call sheet: what the caller consented to
    return say("Agrees to")


def before(say: Say) -> str:
    # Tr: heading of a column of the call sheet: ticked when the caller was heard in an earlier programme
    return say("Heard before")


def state(say: Say) -> str:
    # Tr: heading of a column of the call sheet: waiting, aired, counted or not
    return say("State")


def no_answer(say: Say) -> str:
    # Tr: on a call sheet, beside the number of callers who gave no answer to a question
    return say("No answer")


def together(say: Say) -> str:
    # Tr: on a call sheet: the total
    return say("Together")
