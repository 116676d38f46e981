"""What the voices say: written for this purpose, made of parts, without end. It must not know voices."""

PEOPLE = "our neighbours|the children of this parish|all who are ill|those who care for others|the people of this town|those who mourn|everyone who is far from home|the family next door|all who teach|our brothers and sisters".split("|")
PLACES = "by the lake|in the old market|on the road to the hills|at the gate of the city|beside the well|in the vineyard|under a fig tree|at the edge of the field|in the upper room|on the further shore".split("|")
THINGS = "a lamp|a handful of seed|a broken cup|the last of the bread|a coat that was too thin|a letter from home|an empty net|a small coin|the key of the store|a basket of figs".split("|")
VERBS = "carried|found|gave away|remembered|kept|looked for|shared|hid|mended|asked for".split("|")
WHO = "a shepherd|the youngest son|a widow|an old fisherman|a stranger|the keeper of the inn|a merchant|her sister|a servant|a tired traveller".split("|")
VIRTUES = "patience|kindness|courage|hope|mercy|quiet faithfulness|honest work|forgiveness|thankfulness|joy".split("|")

READING = [
    "Now in those days there was {who} who lived {place}.",
    "And {who} {verb} {thing}, and told nobody.",
    "Then they came to the house {place}, and the door stood open.",
    "Who has seen {thing}? asked {who}, but the others were silent.",
    "For seven days they waited {place}, and on the eighth there was rain.",
    "And when the morning came, {who} rose early and went out {place}.",
    "Do not be afraid, said {who}; what you have {verb} is not lost.",
    "So the people gave thanks, and there was {virtue} in every house.",
    "He turned to {who} and said, go, and take {thing} with you.",
    "And all who heard it wondered what it could mean.",
]
SERMON = [
    "I wonder how many of us have ever {verb} {thing}, and thought nothing of it.",
    "When I was a child we lived {place}, and every week {who} came to the door.",
    "That is what {virtue} looks like, on an ordinary Tuesday, when nobody is watching.",
    "It would be easy to say that this is a story about {virtue}; but I think that there is more to it.",
    "You see, {who} did not ask for {thing}. It was given.",
    "And perhaps you are thinking, well, that is all very fine, but what about the gas bill?",
    "Let me put it in another way.",
    "Last month I met {who}, {place} of all places, and we talked for an hour about {virtue}.",
    "There are two mistakes that we can make here. The first is to hurry past.",
    "The second mistake is to believe that {virtue} belongs to other people.",
    "So what shall we do with {thing}, you and I, this week?",
    "Look again at what happens {place}: somebody {verb} {thing}, and everything changes.",
    "No one is too old for {virtue}, and no one is too young.",
    "I have never forgotten it.",
    "That, my friends, is good news.",
]
PRAYER = [
    "Let us pray for {people}, that they may know {virtue}.",
    "We remember before you {people}, and especially those who have nobody to speak for them.",
    "Give us {virtue} when the day is long.",
    "We give thanks for {people}, and for {virtue} where we did not expect it.",
    "Be near to {people}, tonight and always.",
    "Teach us to share what we have, even {thing}.",
    "In a moment of quiet we bring to mind {people}.",
    "Hear us, good Lord.",
    "Keep us in {virtue}, and bring us home in peace.",
]
WELCOME = [
    "Good morning, and a very warm welcome to you all, whether you are here or listening by telephone.",
    "If you are new among us, please stay for coffee afterwards.",
    "The flowers today were given by {who}, with thanks for {virtue}.",
    "On Wednesday the lunch club meets at half past twelve, and there will be soup for {people}.",
    "There is a collection for {people} at the door.",
    "Please remember {people} as we begin.",
    "Next Sunday we meet outside, if the weather allows, {place}.",
    "The roof appeal has now reached eleven thousand pounds, and {who} {verb} {thing} for the raffle.",
]
ANNOUNCE = [
    "We stand to sing our next hymn, number {number}. It is a song about {virtue}, and the tune is an old one.",
    "Our hymn is number {number} in the green books; that is number {number}. Please remain seated if that is easier for you.",
    "Let us stand, all who are able, and sing together hymn number {number}, about {virtue}.",
]
TALK = [
    "Now then, who can tell me what I have in this bag? Is it {thing}?",
    "That is right! It is {thing}. And who do you think {verb} it?",
    "Put your hand up if you have ever been {place}.",
    "I was very cross, and then {who} said sorry, and do you know what we did?",
    "We had cake. Yes, you may laugh.",
    "So when you go home, see if you can find somebody who needs {virtue}.",
]
INTONED = [
    "O Lord, open thou our lips.",
    "O God, make speed to save us.",
    "Let there be peace among us in our time.",
    "And grant us thy light in all our ways.",
    "Make clean the hearts of all that wait on thee.",
]
KINDS = {"welcome": WELCOME, "reading": READING, "prayer": PRAYER, "sermon": SERMON, "announcement": ANNOUNCE, "talk": TALK, "intoned": INTONED}


def sentences(what, rng):
    """Sentences of one kind, without end, hardly one like another."""
    rows = KINDS[what]
    last = None
    while True:
        row = rows[rng.integers(len(rows))]
        if row is last and len(rows) > 1:
            continue
        last = row
        pick = lambda words: words[rng.integers(len(words))]
        yield row.format(
            people=pick(PEOPLE), place=pick(PLACES), thing=pick(THINGS), verb=pick(VERBS),
            who=pick(WHO), virtue=pick(VIRTUES), number=int(rng.integers(12, 600)),
        )
