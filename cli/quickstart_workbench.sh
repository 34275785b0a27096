# The workbench flow of cli/quickstart.sh, which reads this file: bare files, one key file, ids kept.
# SPDX-License-Identifier: Apache-2.0

step "3. Agree a schema and make a key (the data owners, together)"
tally schema new --fields "$fields" --profile "$profile" -o schema.json
"$build/tally-agency" keygen -o linkage.key

step "4. Encode (each agency, at home)"
encodings=
payloads=
sheets=
for file in "$@"; do
    name=$(basename "$file" .csv)
    echo
    if [ -n "$truth" ]; then
        "$build/tally" encode "$file" --schema schema.json --key linkage.key --id id \
            --payload "$(payload_of "$name")" --payload-out "$name.pay" \
            --provider-sheet "$name-sheet.json" -o "$name.enc"
    else
        "$build/tally-agency" encode "$file" --schema schema.json --key linkage.key \
            --payload-out "$name.pay" --provider-sheet "$name-sheet.json" -o "$name.enc"
    fi
    sheets="${sheets:+$sheets,}$name-sheet.json"
    encodings="$encodings $name.enc"
    payloads="${payloads:+$payloads,}$name.pay"
done

step "5. Link (the trusted third party)"
# shellcheck disable=SC2086
"$build/tally-linker" link $encodings --store run.db --linkmap links.map -o links.csv \
    --clusters clusters.csv

step "6. Build the cohort (the analyst)"
"$build/tally-analyst" cohort --linkmap links.map --payload "$payloads" -o cohort.db

if [ -n "$truth" ]; then
    step "7. Release tables through disclosure control"
    "$build/tally-analyst" release --cohort cohort.db --tables strategic-needs -o release-1
fi

step "8. Evaluate and report"
tally report --store run.db --cohort cohort.db --sheets "$sheets" -o report.html
quality="not known: there is no truth for your own files"
groups="not measured, for the same reason"
if [ -n "$truth" ]; then
    tally evaluate --links links.csv --truth "$truth" --by people/truth_groups.csv \
        -o quality.html >quality.txt
    quality=$(sed -n 's/^as linked *//p' quality.txt)
    groups="$out/quality.html  (who is missed more often)"
fi

finished=$(date +%s)
people=$(sed 1d clusters.csv | cut -d, -f1 | sort -un | wc -l)
cat <<END

== Done in $((finished - started)) s, of which the build took $((built - started)) s
 1. Sources:   $(for f in "$@"; do printf '%s (%s records)  ' "$(basename "$f" .csv)" "$(lines "$f")"; done)
 2. Encoded:   profile $profile, under one key that the linker never had
 3. Linked:    $(lines links.csv) links; $people distinct people behind $(lines clusters.csv) records
 4. Quality:   $quality
 5. Cohort:    $out/cohort.db  (SQLite: person and one table a source, by pseudonym)
 6. Report:    $out/report.html  (open it in a browser; counts under 10 not shown)
 7. By group:  $groups
 8. Agency:    tally-agency encode --help     Linker: tally-linker link --help
 9. Analyst:   tally-analyst cohort --help    What a file is: tally inspect FILE
10. Next:      README.md, docs/agency-guide.md, docs/operator-guide.md
END
