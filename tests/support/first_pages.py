"""The commands of README.md and docs/governed.md, word for word: the ten lines of the main job, and every command under an
agreement, the files of all parties in one folder. What other data owners do meanwhile is the same with their names.
SPDX-License-Identifier: Apache-2.0"""
import os
import re
import shutil
import sys

import guide

ROOT, WORK = sys.argv[1], sys.argv[2]
ENV = {"PATH": os.environ["PATH"], "HOME": WORK, "TERM": "dumb", "LC_ALL": "C.UTF-8"}
OTHERS = {"education": "education", "health": "integrated-care-board", "ttp": "linker", "unit": "analyst", "pcc": "local-policing-body"}

OWNERS = ("health", "education")  # besides police, whose commands the pages show


def run(command, folder):
    code, printed = guide.at_terminal(command, folder, ENV)
    if code != 0:
        raise SystemExit("FAILED: $ %s\nexit code %d\n%s" % (command, code, printed))


def fenced(text):
    """The commands of the blocks between ``` lines, continued lines joined."""
    for block in re.findall(r"```\n(.*?)```", text, re.S):
        yield from (line.strip() for line in block.replace("\\\n", " ").splitlines() if line.strip())


def exports(folder):
    run("tally synth --people 3000 --sources police,health,education --seed 7 -o people", folder)
    for p in ("police", *OWNERS):
        shutil.copy(os.path.join(folder, "people", p + ".csv"), folder)


def readme():
    folder = os.path.join(WORK, "readme")
    os.mkdir(folder)
    exports(folder)
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    part = text[text.index("## The main job"):text.index("This is the workbench")]
    commands = re.findall(r"^    (tally (?:.*\\\n)*.*)", part, re.M)
    for command in commands:
        run(command, folder)
    return len(commands)


def before(command, folder):
    """What the page takes for granted: other identities, what was stated in the draft, exports, papers and packages that arrived."""
    at = lambda name: os.path.join(folder, name)
    if command.startswith("tally schema new"):
        for p, kind in OTHERS.items():
            run("tally identity new 'Northshire %s' --kind %s -o %s-id" % (p, kind, p), folder)
        for p in ("police", *OTHERS):
            shutil.copy(at(p + "-id/identity.card"), at(p + ".card"))
    if command.startswith("tally agreement check"):
        with open(at("agreement.json"), encoding="utf-8") as f:
            text = re.sub('"STATE [^"]*"', '"as decided by the board"', f.read())
        with open(at("agreement.json"), "w", encoding="utf-8") as f:
            f.write(text)
    if command.startswith("tally profile"):
        exports(folder)
        shutil.copy(at("police.csv"), at("export.csv"))
        with open(at("police.csv"), encoding="utf-8") as f, open(at("list.csv"), "w", encoding="utf-8") as to:
            to.write("id\n" + f.read().splitlines()[1].split(",")[0] + "\n")
    if command.startswith("tally ingest"):
        for name in os.listdir(at("out")):
            shutil.copy(at("out/" + name), folder)


def after(command, folder):
    """The others do as the page says, with their own names."""
    if command.startswith("tally agreement check"):
        for p in ("police", *OTHERS):
            run("tally agreement sign agreement.json --identity %s-id" % p, folder)
    for p in OWNERS:
        if re.match("tally key (commit|contribute|combine)", command):
            run(command.replace("police", p).replace("project.key", p + ".key"), folder)
        if command.startswith("tally encode") and "--dry-run" not in command:
            shutil.copy(os.path.join(folder, p + ".csv"), os.path.join(folder, "export.csv"))
            run(command.replace(" --opt-out list.csv", "").replace("police", p), folder)
        if command.startswith("tally ingest"):
            run(command.replace("police", p), folder)


def governed():
    folder = os.path.join(WORK, "governed")
    os.mkdir(folder)
    with open(os.path.join(ROOT, "docs/governed.md"), encoding="utf-8") as f:
        text = f.read()
    commands = re.findall(r"^1\. .*?`(tally identity new [^`]*)`", text, re.M | re.S) + list(fenced(text))
    for command in commands:
        before(command, folder)
        run(command, folder)
        after(command, folder)
    return len(commands)


print("%d commands of README.md, %d of docs/governed.md were run" % (readme(), governed()))
