"""Put the measurements of benchmarks/pairs.jsonl into docs/performance.md and draw its curve.

  python3 benchmarks/pairs_page.py          write docs/performance.svg and the tables of the page
  python3 benchmarks/pairs_page.py --check  exit with 1 when they are not what the measurements say
"""
# SPDX-License-Identifier: Apache-2.0
import json
import math
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(ROOT, "docs", "performance.md")
PLOT = os.path.join(ROOT, "docs", "performance.svg")
DATA = os.path.join(ROOT, "benchmarks", "pairs.jsonl")
COLOURS = {"amx": "#0b5fa5", "avx512": "#b3440e", "avx2": "#3b7d23"}
DASHES = {0.8: "", 0.85: "8 5", 0.9: "2 5"}
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 760, 460, 70, 20, 190, 60


def lines():
    """The last measurement of each setting."""
    last = {}
    for text in open(DATA):
        r = json.loads(text)
        key = (r["what"], r["filters"], r["n"][0], r["bits"], r["kernel"], r["threshold"], r["similarity"])
        last[key] = r
    return [last[k] for k in sorted(last)]


def giga(x):
    return "%.2f" % (x / 1e9)


def port_share(r):
    """Scanning alone at the limit of the ports, as a share of all processor time; see the page."""
    if r["sketch"] == "lsh":
        return ""
    columns = r["sketch_bytes"] * 8 / 2  # that a row of A has set
    per_pair = {"amx": r["sketch_bytes"] / 64 * 16 / 256, "avx512": columns * 2 / 2 / 512, "avx2": columns * 5 / 3 / 256}
    kernel = "avx512" if r["sketch"] != "pca" and r["kernel"] == "amx" else r["kernel"]
    cycles = r["mhz"] * 1e6 / r["compared_per_cpu_second"]
    return "%.0f %%" % (100 * per_pair[kernel] / cycles)


def sketch(r):
    if r["what"] == "early":
        return "first %d bits, missing %.0e" % (8 * r["sketch_bytes"], r["miss_probability"])
    if r["sketch"] == "pca":
        return "%d components" % r["sketch_bytes"]
    return "whole" if r["sketch"] == "whole" else "%s, %d bits" % (r["sketch"], 8 * r["sketch_bytes"])


def row(cells):
    return "| " + " | ".join(cells) + " |"


def seconds(r):
    return r["load_seconds"] + r["setup_seconds"] + r["join_seconds"] + r["write_seconds"]


def curve_table(data):
    out = [row(["records a source", "Dice", "kernel", "sketch", "CPU-s", "G pairs a CPU-s", "of the port limit",
                "pairs found", "MB", "runs"]), "|---|---|---|---|---|---|---|---|---|---|"]
    for r in data:
        if r["what"] == "curve":
            out.append(row(["{:,}".format(r["n"][0]), "%.2f" % r["threshold"], r["kernel"], sketch(r),
                            "%.2f" % r["cpu_seconds"], giga(r["compared_per_cpu_second"]), port_share(r),
                            "{:,}".format(r["pairs"]), str(r["peak_mb"]), str(r["runs"])]))
    return out


def other_table(data, whats):
    out = [row(["records a source", "filters", "bits", "score", "kernel", "sketch", "CPU-s",
                "G pairs a CPU-s"]), "|---|---|---|---|---|---|---|---|"]
    for r in data:
        if r["what"] in whats:
            filters = {"clk": "of people", "uniform": "independent bits"}[r["filters"]]
            out.append(row(["{:,}".format(r["n"][0]), filters, str(r["bits"]),
                            "%s %.2f" % (r["similarity"], r["threshold"]), r["kernel"], sketch(r),
                            "%.2f" % r["cpu_seconds"], giga(r["compared_per_cpu_second"])]))
    return out


def lsh_table(data):
    exact = {(r["n"][0], r["threshold"]): r for r in data if r["what"] == "curve" and r["kernel"] == "amx"}
    out = [row(["records a source", "Dice", "tables", "bits", "chance stated", "found of the exact pairs",
                "CPU-s", "CPU-s of the exact join"]), "|---|---|---|---|---|---|---|---|"]
    for r in data:
        e = exact.get((r["n"][0], r["threshold"]))
        if r["what"] == "lsh" and e is not None:
            plan = r["lsh"]
            out.append(row(["{:,}".format(r["n"][0]), "%.2f" % r["threshold"], str(plan["tables"]),
                            str(plan["bits"]), "%.3f" % (math.floor(plan["recall"] * 1000) / 1000),
                            "%.4f" % (math.floor(1e4 * r["pairs"] / e["pairs"]) / 1e4),
                            "%.2f" % r["cpu_seconds"], "%.2f" % e["cpu_seconds"]]))
    return out


def shard_table(data):
    out = [row(["records a source", "Dice", "kernel", "sketch", "CPU-s of one of sixty shards", "CPU-s of all",
                "s on two free cores", "G pairs a CPU-s"]), "|---|---|---|---|---|---|---|---|"]
    for r in data:
        if r["what"] == "shard":
            whole = r["cpu_seconds_of_all"]
            out.append(row(["{:,}".format(r["n"][0]), "%.2f" % r["threshold"], r["kernel"], sketch(r),
                            "%.2f" % r["cpu_seconds"], "%.0f" % whole, "%.0f" % (whole / 2),
                            giga(r["n"][0] * r["n"][1] / whole)]))
    return out


def beyond_table(data):
    """Ten million a source from the largest measurement of each kernel and threshold."""
    largest = {}
    for r in sorted(data, key=lambda r: r["n"][0]):
        if r["what"] in ("curve", "shard"):
            largest[(r["kernel"], r["threshold"])] = r
    out = [row(["kernel", "Dice", "measured at", "CPU-hours for 10 million x 10 million",
                "hours on two free cores"]), "|---|---|---|---|---|"]
    for (kernel, threshold), r in sorted(largest.items()):
        whole = r["cpu_seconds_of_all"] if r["what"] == "shard" else r["cpu_seconds"]
        hours = whole * 1e14 / (r["n"][0] * r["n"][1]) / 3600
        size = "{:,}".format(r["n"][0]) + (", a shard" if r["what"] == "shard" else "")
        out.append(row([kernel, "%.2f" % threshold, size, "%.1f" % hours,
                        "%.1f" % (hours / 2)]))
    return out


def machine(data):
    r = data[0]
    whens = sorted(x["when"] for x in data)
    return ["Measured from %s to %s on: %s, two processors, at %s MHz when the runs began." %
            (whens[0], whens[-1], r["cpu"], " to ".join(sorted({str(x["mhz"]) for x in data})))]


def plot(data):
    """What was run whole as dots, what follows from a shard as rings."""
    points = [r for r in data if r["what"] == "curve"]
    points += [dict(r, cpu_seconds=r["cpu_seconds_of_all"]) for r in data if r["what"] == "shard"]
    low = (math.log10(min(r["n"][0] for r in points)), math.log10(min(r["cpu_seconds"] for r in points)))
    high = (math.log10(max(r["n"][0] for r in points)), math.log10(max(r["cpu_seconds"] for r in points)))
    low = (low[0] - 0.05, math.floor(low[1]))
    high = (high[0] + 0.05, math.ceil(high[1]))

    def place(n, cpu):
        x = LEFT + (math.log10(n) - low[0]) / (high[0] - low[0]) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - (math.log10(cpu) - low[1]) / (high[1] - low[1]) * (HEIGHT - TOP - BOTTOM)
        return x, y

    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" '
           'font-size="14" role="img">' % (WIDTH, HEIGHT),
           "<title>Processor seconds of the exact join by records a source</title>",
           '<rect width="%d" height="%d" fill="#fff"/>' % (WIDTH, HEIGHT)]

    def text(x, y, words, anchor="middle"):
        out.append('<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>' % (x, y, anchor, words))

    for decade in range(low[1], high[1] + 1):
        _, y = place(10 ** low[0], 10.0 ** decade)
        out.append('<line x1="%d" y1="%.1f" x2="%d" y2="%.1f" stroke="#ddd"/>' % (LEFT, y, WIDTH - RIGHT, y))
        text(LEFT - 8, y + 5, "%g s" % 10.0 ** decade, "end")
    for n in sorted({r["n"][0] for r in points}):
        x, _ = place(n, 1)
        out.append('<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="#ddd"/>' % (x, TOP, x, HEIGHT - BOTTOM))
        text(x, HEIGHT - BOTTOM + 20, "{:,}".format(n))
    text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15, "records a source (both axes logarithmic)")
    series = sorted({(r["kernel"], r["threshold"]) for r in points})
    for at, (kernel, threshold) in enumerate(series):
        style = 'stroke="%s" stroke-width="2" stroke-dasharray="%s" fill="none"' % (
            COLOURS[kernel], DASHES[threshold])
        mine = sorted((r["n"][0], r["cpu_seconds"], r["what"] == "shard") for r in points
                      if (r["kernel"], r["threshold"]) == (kernel, threshold))
        places = [place(*p[:2]) + (p[2],) for p in mine]
        out.append('<polyline points="%s" %s/>' % (" ".join("%.1f,%.1f" % p[:2] for p in places), style))
        for x, y, ring in places:
            out.append('<circle cx="%.1f" cy="%.1f" r="3" stroke="%s" fill="%s"/>' %
                       (x, y, COLOURS[kernel], "#fff" if ring else COLOURS[kernel]))
        y = TOP + 20 + 24 * at
        x = WIDTH - RIGHT + 20
        out.append('<line x1="%d" y1="%d" x2="%d" y2="%d" %s/>' % (x, y, x + 40, y, style))
        text(x + 48, y + 5, "%s, Dice %.2f" % (kernel, threshold), "start")
    out.append("</svg>")
    return "\n".join(out) + "\n"


def filled(page, tables):
    for name, table in tables.items():
        mark = "<!-- %s -->\n" % name
        if mark not in page:
            sys.exit("docs/performance.md has no place for '%s'" % name)
        page = re.sub(re.escape(mark) + r"(?:[^\n]+\n)*", lambda _: mark + "\n".join(table) + "\n", page)
    return page


def main():
    data = lines()
    page = filled(open(PAGE).read(), {
        "machine": machine(data), "curve": curve_table(data), "kernels": other_table(data, ("kernel",)),
        "others": other_table(data, ("width", "hardened", "early", "smc")), "lsh": lsh_table(data),
        "shards": shard_table(data), "beyond": beyond_table(data)})
    made = ((PAGE, page), (PLOT, plot(data)))
    if sys.argv[1:] == ["--check"]:
        stale = [path for path, text in made if not os.path.exists(path) or open(path).read() != text]
        sys.exit("not what benchmarks/pairs.jsonl says: " + ", ".join(stale) if stale else 0)
    for path, text in made:
        with open(path, "w") as f:
            f.write(text)


if __name__ == "__main__":
    main()
