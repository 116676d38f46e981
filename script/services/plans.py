"""What happens in which service: seconds are those of an hour's service. It must not know how it sounds."""

TRAINING = ["slow-slt", "high-rms", "kal8", "low-awb", "linda", "adam", "aunty", "klatt", "steph", "quincy"]


def parish(c):
    """A parish service: readings, a sermon, four hymns; voices down to -35 LUFS, the organ up to -12."""
    c.organ("organ voluntary", 180, -20, "principals")
    c.say("welcome", "eliza", 150, -27)
    c.say("announcement", "eliza", 13, -27, scaled=False)
    c.hymn(200, -13)
    c.say("prayer", "angus", 120, -33)
    c.say("reading", "slt", 180, -30)
    c.choir("choir", 180, -19)
    c.say("announcement", "eliza", 14, -28, scaled=False)
    c.hymn(190, -14)
    c.say("reading", "awb", 160, -35)
    c.say("sermon", "rms", 720, -26)
    c.played("piano", 150, -22)
    c.say("prayer", "grandpa", 400, -34)
    c.say("announcement", "marie", 12, -29, scaled=False)
    c.hymn(180, -13)
    c.choir("choir", 240, -18, accompanied=True)
    c.played("piano", 140, -24)
    c.say("prayer", "angus", 60, -32)
    c.say("announcement", "kal", 12, -26, scaled=False)
    c.hymn(200, -12)
    c.say("prayer", "kal", 40, -28)
    c.organ("organ voluntary", 220, -12, "full")


def evensong(c):
    """A choral evensong: most of it sung, the spoken rest soft."""
    c.organ("organ voluntary", 150, -26, "flutes", 1.0)
    c.choir("introit", 100, -22)
    c.say("prayer", "grandpa", 120, -34, wet_db=-10)
    c.responses("angus", max(3, round(8 * c.scale)), -23)
    c.choir("psalm", 300, -20, accompanied=True, pace=(90, 110))
    c.say("reading", "marie", 200, -31, wet_db=-10)
    c.choir("magnificat", 280, -17, accompanied=True)
    c.say("reading", "kal", 180, -33, wet_db=-10)
    c.choir("nunc dimittis", 220, -18, accompanied=True)
    c.say("prayer", "grandpa", 60, -35, wet_db=-10)
    c.responses("angus", max(3, round(7 * c.scale)), -24)
    c.say("announcement", "eliza", 12, -29, scaled=False)
    c.choir("anthem", 480, -18)
    c.say("prayer", "slt", 300, -34, wet_db=-8)
    c.say("announcement", "eliza", 13, -28, scaled=False)
    c.hymn(210, -14)
    c.say("sermon", "awb", 450, -28, wet_db=-10)
    c.organ("organ voluntary", 100, -21, "strings", 0.6)
    c.say("prayer", "grandpa", 50, -33, wet_db=-10)
    c.choir("amen", 40, -22)
    c.organ("organ voluntary", 300, -13, "full")


def praise(c):
    """A plain said service: worship songs with a piano, a talk for children, applause."""
    c.organ("organ voluntary", 120, -22, "principals", 0.5)
    c.say("welcome", "rms", 220, -22)
    c.song(230, -17, crowd=40)
    c.say("prayer", "marie", 40, -25)
    c.song(220, -17, "guitar")
    c.applause(7, -24)
    c.talk_over_music("marie", 180, -21)
    c.say("prayer", "slt", 170, -28)
    c.played("piano", 80, -24)
    c.say("reading", "angus", 150, -27)
    c.say("sermon", "kal", 850, -23)
    c.song(200, -18)
    c.applause(6, -22)
    c.say("prayer", "eliza", 280, -30)
    c.say("announcement", "rms", 12, -23, scaled=False)
    c.hymn(190, -16, people=120, stops="principals")
    c.say("welcome", "awb", 150, -26)
    c.song(210, -17, crowd=60)
    c.say("prayer", "rms", 40, -24)
    c.organ("organ voluntary", 150, -16, "full")


def mixed(c):
    """Anything in any order, by other voices than elsewhere: to train with, never to test with."""
    rng, until = c.rng, 3_600 * c.scale
    pick = lambda choices: choices[rng.integers(len(choices))]
    spoken = False
    while c.at < until:
        seconds, level = rng.uniform(25, 120) / c.scale, rng.uniform(-35, -20)
        if not spoken or rng.random() < 0.2:
            what = pick(["welcome", "reading", "prayer", "sermon", "talk"])
            c.say(what, pick(TRAINING), seconds, level, wet_db=rng.uniform(-20, -6))
            spoken = True
            continue
        spoken, loud = rng.random() < 0.1, rng.uniform(-26, -12)
        made = rng.random()
        if made < 0.25:
            c.hymn(seconds, loud, int(rng.integers(60, 400)), pick(["full", "principals"]), (75, 120))
        elif made < 0.45:
            c.organ("organ voluntary", seconds, loud, pick(["flutes", "principals", "full", "strings"]), pick([0.0, 0.6, 1.0]))
        elif made < 0.65:
            c.choir("choir", seconds, loud, rng.random() < 0.5, (50, 115))
        elif made < 0.8:
            c.song(seconds, loud, pick(["piano", "guitar", "bright piano"]), pick([0, 0, 30]))
        elif made < 0.85:
            c.responses(pick(["linda", "adam", "quincy"]), 4, loud)
        else:
            c.played("played", seconds, loud, pick(["piano", "guitar", "flute", "strings", "church organ", "choir", "trumpet"]))


PLANS = {"parish": parish, "evensong": evensong, "praise": praise, "mixed": mixed}
