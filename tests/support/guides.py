#!/usr/bin/env python3
"""guides.py DOCS FOLDER: the data officer of a police force follows the agency guide, the linkage operator the operator
guide, each in a folder of its own; the other parties do their part between the commands.
SPDX-License-Identifier: Apache-2.0
"""
import csv
import os
import random
import re
import shutil
import subprocess
import sys

from guide import PASSPHRASE, follow

docs, work = sys.argv[1:]
env = dict(os.environ, TERM="dumb")
agency = os.path.join(work, "agency")
operator = os.path.join(work, "operator")
others = ["health", "education", "analyst"]  # the analyst convenes
everybody = {"police": agency, "linker": operator, **{p: os.path.join(work, p) for p in others}}
identity = {"police": "police-id", "linker": "linker-id", **{p: "id" for p in others}}
agency_guide = os.path.join(docs, "agency-guide.md")
operator_guide = os.path.join(docs, "operator-guide.md")


def run(folder, *command):
    """A command of another party; its passphrase comes from an open file."""
    args = list(command)
    pass_fds = ()
    if "--identity" in args or args[1:3] == ["identity", "new"]:
        r, w = os.pipe()
        os.write(w, PASSPHRASE)
        os.close(w)
        args += ["--passphrase-fd", str(r)]
        pass_fds = (r,)
    done = subprocess.run(args, cwd=folder, env=env, pass_fds=pass_fds, capture_output=True, text=True)
    for fd in pass_fds:
        os.close(fd)
    if done.returncode != 0:
        raise SystemExit(f"FAILED: {args} in {folder}\n{done.stdout}{done.stderr}")
    return done.stdout


def hand_round(suffix):
    """What each party wrote beside its agreement, to all others, as e-mail would."""
    for source in everybody.values():
        for name in os.listdir(source):
            if name.startswith("agreement.json.") and name.endswith("." + suffix):
                for to in everybody.values():
                    if not os.path.exists(os.path.join(to, name)):
                        shutil.copy(os.path.join(source, name), to)


def governed(party, verb, *more):
    run(everybody[party], "tally", *verb.split(), *more, "--agreement", "agreement.json", "--identity", identity[party])


def draft():
    """The convenor drafts, states what a draft leaves open, and sends it to all."""
    run(work, "tally", "schema", "new", "--fields", "forename,surname,date_of_birth,sex,postcode,address", "-o", "schema.json")
    run(work, "tally", "agreement", "draft", "agency/police-id=data-owner", "health/id=data-owner",
        "education/id=data-owner", "operator/linker-id=linker", "analyst/id=analyst+convenor", "--schema", "schema.json",
        "--reference", "northshire-2027", "--title", "Serious violence in Northshire", "--payload",
        "police:offence_category,offence_month,role;health:attendance_month,attendance_type;"
        "education:exclusion_count,attendance_band", "-o", "agreement.json")
    path = os.path.join(work, "agreement.json")
    text = open(path, encoding="utf-8").read()
    for begins, stated in (("STATE whom", "people it had to do with, 2018 to 2021"), ("STATE why", "to count by it"),
                           ("STATE ", "decided by its board")):
        text = re.sub('"' + begins + '[^"]*"', '"' + stated + '"', text)
    open(path, "w", encoding="utf-8").write(text)
    for folder in everybody.values():
        shutil.copy(path, folder)


def after(command):
    """The others take the step that was taken."""
    if " identity new " in command:
        for party in others:
            run(everybody[party], "tally", "identity", "new", "Northshire " + party, "--kind", party, "-o", "id")
        draft()
    if "agreement sign" in command and "police-id" in command:
        for party in others:
            run(everybody[party], "tally", "agreement", "sign", "agreement.json", "--identity", "id")
    hand_round("sig")
    for verb, paper in (("commit", "commitment"), ("contribute", "contribution"), ("combine", "ceremony")):
        if "key " + verb in command:
            for party in ("health", "education"):
                governed(party, "key " + verb, *(["-o", "project.key"] if verb == "combine" else []))
            hand_round(paper)
    if " ingest police-1-" in command:
        shutil.copy(os.path.join(operator, "run.db.deliveries", "police-1.receipt"), agency)


def deliver():
    """What the linker gets: the packages, and the sheets."""
    for party in ("health", "education"):
        folder = everybody[party]
        shutil.copy(os.path.join(work, "people", party + ".csv"), os.path.join(folder, "export.csv"))
        governed(party, "encode export.csv", "--key", "project.key", "--record-id", "id", "-o", "delivery")
    for party in ("police", "health", "education"):
        for kind in ("linkage.pkg", "sheet.json"):
            shutil.copy(os.path.join(everybody[party], "delivery", f"{party}-1-{kind}"), operator)


def make_exports():
    """The police's export, its list of opt-outs, and one of a system that nobody knows."""
    run(work, "tally", "synth", "--people", "3000", "--sources", "police,health,education,probation", "--seed", "2026", "-o",
        "people")
    shutil.copy(os.path.join(work, "people", "police.csv"), agency)
    with open(os.path.join(agency, "police.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    with open(os.path.join(agency, "optout.csv"), "w", encoding="utf-8") as f:
        f.write("id\n" + "".join(r["id"] + "\n" for r in rows[3:6]) + "P99999999\n")
    with open(os.path.join(agency, "about.txt"), "w", encoding="utf-8") as f:
        f.write("population = people suspected of an offence, and victims\nperiod = 2018 to 2021\n"
                "recorded = typed by officers; dates of birth from documents where shown\n")
    draw = random.Random(1)
    names = ["Renée", "Zoë", "Anna", "Omar", "Liam", "Grace", "Noah", "Ivy", "Maya", "Owen"]
    surnames = ["Nguyen", "Smith", "Patel", "Jones", "Khan", "Evans", "Brown", "Ali", "Clark", "Hughes"]
    lines = ["Records system export - Nominals - 12/03/2024", "OFFICIAL-SENSITIVE", "",
             "Nominal Ref~Title~Subject Name~D.O.B~Gndr~Addr PC~Offence Type~Date Recorded"]
    for i in range(400):
        born = "01/01/1900" if i % 50 == 7 else f"{1 + i % 28:02}/{1 + i % 12:02}/{1950 + i % 55}"
        place = "NFA" if i % 40 == 9 else f"LS{1 + i % 20} 0AB"
        lines.append(f"N{i:05}~Ms~{draw.choice(surnames)}, {draw.choice(names)}~{born}~{'MF'[i % 2]}~{place}~"
                     "Burglary~12/03/2024 14:20")
    with open(os.path.join(agency, "nominals.csv"), "w", encoding="windows-1252") as f:
        f.write("\n".join(lines) + "\n")
    run(agency, "tally", "schema", "new", "--fields", "forename,surname,date_of_birth,sex,postcode", "-o", "agreed.json")


def before(command):
    if "--map nominals.map" in command and not os.path.exists(os.path.join(agency, "nominals.map")):
        with open(os.path.join(agency, "nominals.map"), "w", encoding="utf-8") as f:
            f.write("forename = Subject Name [after ,]\nsurname = Subject Name [before ,]\ndate_of_birth = D.O.B\n"
                    "sex = Gndr\npostcode = Addr PC\n")


def make_bare():
    """Encodings of four sources under the pilot's key, at the operator."""
    pilot = os.path.join(work, "pilot")
    os.mkdir(pilot)
    for source in ("police", "health", "education", "probation"):
        run(agency, "tally", "encode", os.path.join(work, "people", source + ".csv"), "--schema", "schema.json", "--key",
            "linkage.key", "-o", os.path.join(pilot, source + ".enc"))
        shutil.copy(os.path.join(pilot, source + ".enc"), operator)
    with open(os.path.join(work, "people", "police.csv"), encoding="utf-8", newline="") as f:
        later = list(csv.DictReader(f))[20:]
    run(work, "tally", "synth", "--people", "300", "--sources", "police", "--seed", "7", "-o", "newcomers")
    with open(os.path.join(work, "newcomers", "police.csv"), encoding="utf-8", newline="") as f:
        later += list(csv.DictReader(f))[:12]
    with open(os.path.join(work, "police-q2.csv"), "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, fieldnames=list(later[0]))
        out.writeheader()
        out.writerows(later)
    run(agency, "tally", "encode", os.path.join(work, "police-q2.csv"), "--source", "police", "--schema", "schema.json", "--key",
        "linkage.key", "-o", os.path.join(operator, "police-q2.enc"))
    os.rename(os.path.join(operator, "run.db"), os.path.join(work, "governed.db"))


for folder in everybody.values():
    os.mkdir(folder)
make_exports()
n = follow(operator_guide, "## Once: an identity", "## Once: the agreement", operator, env)
n += follow(agency_guide, "## Once: an identity", "## Once: the agreement", agency, env, after=after)
n += follow(operator_guide, "## Once: the agreement", "## Each delivery", operator, env, after=after)
n += follow(agency_guide, "## Once: the agreement", "## Afterwards", agency, env, after=after)
deliver()
n += follow(operator_guide, "## Each delivery", "## Afterwards", operator, env, after=after)
n += follow(agency_guide, "## Afterwards", "## At the end", agency, env)
shutil.copy(os.path.join(agency, "withdrawn.txt"), operator)
n += follow(operator_guide, "## Afterwards", "## Pilots with bare files", operator, env)
n += follow(agency_guide, "## At the end", "## Pilots with bare files", agency, env)
n += follow(agency_guide, "## Pilots with bare files", None, agency, env, before=before)
make_bare()
n += follow(operator_guide, "## Pilots with bare files", None, operator, env)
print(f"{n} commands of the guides were run")
