# The governed flow of cli/quickstart.sh, which reads this file: five parties, each in a folder of its own,
# an agreement signed by all, a key that the owners make together, and nothing on its way that is not sealed.
# The identities are throw-away ones: their passphrases lie beside them.
# SPDX-License-Identifier: Apache-2.0
owners=
for file in "$@"; do
    owner=$(basename "$file" .csv)
    case $owner in
    linker | analyst | people | check)
        echo "quickstart: a source cannot be called $owner here; rename $file" >&2
        exit 2
        ;;
    esac
    owners="$owners $owner"
done
parties="$owners linker analyst"
umask 077

# Run a command of PARTY in its folder, with its passphrase in an open file. What it says goes to a log, and
# to the screen when it fails.
quiet() {
    (cd "$1" && shift && "$@" --passphrase-fd 3 3<passphrase) >>steps.log 2>&1 || {
        code=$?
        tail -n 5 steps.log >&2
        exit $code
    }
}
# The same without a passphrase, from here.
noted() {
    "$@" >>steps.log 2>&1 || {
        code=$?
        tail -n 5 steps.log >&2
        exit $code
    }
}
# As PARTY, and it may be heard.
loud() { (cd "$1" && shift && "$@" --passphrase-fd 3 3<passphrase); }
# Copy the files A.SUFFIX that each party made to all others, as an e-mail would.
hand_round() {
    for from in $parties; do
        for to in $parties; do
            for paper in "$from"/agreement.json.*."$1"; do
                [ "$from" = "$to" ] || [ ! -e "$paper" ] || cp "$paper" "$to"/
            done
        done
    done
}
# The rows of FILE (source,id,...) about OWNER's delivery, each id replaced by its token.
by_token() {
    awk -F, -v OFS=, -v source="$1" 'NR == FNR { token[$1] = $2; next }
        $1 == source && $2 in token { $2 = token[$2]; print }' "$1/delivery/$1-1-tokens.csv" "$2"
}
agency=$build/tally-agency
kind_of() {
    case $1 in
    police | health | education | linker | analyst) echo "$1" ;;
    *) echo local-authority ;;
    esac
}

step "3. Every party makes its keys (identity); its card is what it hands out"
for party in $parties; do
    mkdir -p "$party"
    head -c 18 /dev/urandom | base64 >"$party/passphrase"
    quiet "$party" "$build/tally" identity new "Northshire $party" --kind "$(kind_of "$party")" -o id
    echo "Northshire $party: $party/id/identity.card"
done

step "4. The convenor drafts the linkage agreement; everybody reads it, and signs"
noted tally schema new --fields "$fields" --profile "$profile" -o schema.json
cards=
columns=
checker=${owners# } # one of the owners looks at what leaves, since the analyst must not do so alone
checker=${checker%% *}
for owner in $owners; do
    also=
    [ "$owner" != "$checker" ] || also=+output-checker
    cards="$cards $owner/id=data-owner$also:$owner"
    if [ -n "$truth" ]; then
        columns="${columns:+$columns;}$owner:$(payload_of "$owner")"
    fi
done
# shellcheck disable=SC2086
noted tally agreement draft $cards linker/id=linker analyst/id=analyst+convenor --schema schema.json \
    --reference northshire-demo ${columns:+--payload "$columns"} -o draft.json
# What a person has to state, such as each sender's legal power. Here it is made up.
sed -e 's/"STATE a title"/"Demonstration with invented people"/' \
    -e 's/"STATE whom [^"]*"/"invented people who were known to it"/' \
    -e 's/"STATE why [^"]*"/"asked for by this demonstration"/' \
    -e 's/"STATE [^"]*"/"made up: no approval is needed for invented people"/' draft.json >agreement.json
tally agreement check agreement.json >check.txt || { code=$?; cat check.txt; exit $code; }
head -n 12 check.txt
echo "All of it, in plain words: $out/check.txt"
for party in $parties; do
    cp agreement.json "$party"/
    quiet "$party" "$build/tally" agreement sign agreement.json --identity id
done
hand_round sig

step "5. The data owners make the linkage key together; the linker has no part in it"
for stage in commit:commitment contribute:contribution combine:ceremony; do
    for owner in $owners; do
        case $stage in
        combine:*) quiet "$owner" "$agency" key combine --agreement agreement.json --identity id -o linkage.key ;;
        *) quiet "$owner" "$agency" key "${stage%:*}" --agreement agreement.json --identity id ;;
        esac
    done
    hand_round "${stage#*:}"
done
for owner in $owners; do
    noted "$agency" key check "$owner/linkage.key" --agreement "$owner/agreement.json"
    value=$("$agency" key check "$owner/linkage.key" 2>&1 | sed -n 's/^Key check value: //p')
    echo "Northshire $owner has the key with the check value $value"
done

step "6. Each data owner looks at its export, then encodes, seals and sends"
sheets=
for file in "$@"; do
    owner=$(basename "$file" .csv)
    cp "$file" "$owner/export.csv"
    options=
    if [ -n "$truth" ]; then # a few people who object, by the id that the owner knows them by
        awk -F, 'NR == 1 || NR % 150 == 2 { print $1 }' "$owner/export.csv" >"$owner/opt-out.csv"
        options="--record-id id --opt-out opt-out.csv"
    fi
    noted "$agency" profile "$owner/export.csv" --schema schema.json -o "$owner/profile.html"
    echo
    # shellcheck disable=SC2086
    loud "$owner" "$agency" encode export.csv --agreement agreement.json --identity id --key linkage.key \
        $options -o delivery
    cp "$owner/delivery/$owner-1-linkage.pkg" linker/
    cp "$owner/delivery/$owner-1-payload.pkg" analyst/
    cp "$owner/delivery/$owner-1-sheet.json" linker/
    sheets="${sheets:+$sheets,}linker/$owner-1-sheet.json"
done

step "7. The linker takes the linkage parts, and links by the agreement's rules"
for owner in $owners; do
    quiet linker "$build/tally-linker" ingest "$owner-1-linkage.pkg" --agreement agreement.json --identity id \
        --store run.db
    cp "linker/run.db.deliveries/$owner-1.receipt" "$owner"/
    echo "Took the delivery of Northshire $owner; its receipt went back"
done
loud linker "$build/tally-linker" link --agreement agreement.json --identity id --store run.db -o links.pkg
cp linker/links.pkg analyst/

step "8. The analyst opens link map and payload parts into a cohort"
payloads=
for owner in $owners; do
    payloads="${payloads:+$payloads,}$owner-1-payload.pkg"
done
loud analyst "$build/tally-analyst" cohort --agreement agreement.json --identity id --linkmap links.pkg \
    --payload "$payloads" -o cohort.db

tables="none: the specs that come with the program ask for columns of the synthetic people"
if [ -n "$truth" ]; then
    step "9. The analyst asks to release tables, which pass disclosure control; a second person looks, and signs"
    release() {
        loud analyst "$build/tally-analyst" release --cohort cohort.db --tables strategic-needs \
            --agreement agreement.json --identity id --ledger releases.ledger "$@"
    }
    release --request 1.request -o draft-1
    cp -R analyst/1.request analyst/draft-1 "$checker"/
    quiet "$checker" "$build/tally" approve 1.request --draft draft-1/draft.json --agreement agreement.json \
        --identity id -o 1.approval
    echo "Northshire $checker has looked at the draft and approved it."
    cp "$checker/1.approval" analyst/
    release --approval 1.approval -o release-1
    tables="$out/analyst/release-1/release.html  (strategic needs assessment)"
fi

step "10. Report, and check every log against the receipts"
tally report --store linker/run.db --cohort analyst/cohort.db --sheets "$sheets" --agreement linker/agreement.json \
    -o report.html
for party in $parties; do
    receipt=
    [ ! -e "$party/$party-1.receipt" ] || receipt=$party/$party-1.receipt
    # shellcheck disable=SC2086
    noted "$build/tally" log verify "$party/id" $receipt
done
echo "The logs of all five parties hold."

quality="not known: there is no truth for your own files"
groups="not measured, for the same reason"
if [ -n "$truth" ]; then
    step "11. Measure against the truth, which only invented people have"
    # Each owner knows whose token is whose; with that, the same links can be held against the truth.
    mkdir check
    echo source,id,ent_id >check/truth.csv
    head -n 1 people/truth_groups.csv >check/groups.csv
    encodings=
    for owner in $owners; do
        by_token "$owner" people/truth.csv >>check/truth.csv
        by_token "$owner" people/truth_groups.csv >>check/groups.csv
        encodings="$encodings $owner=linker/run.db.deliveries/$owner-1.enc"
    done
    # shellcheck disable=SC2086
    noted tally link $encodings -o check/links.csv
    tally evaluate --links check/links.csv --truth check/truth.csv --by check/groups.csv \
        -o quality.html >check/quality.txt
    quality=$(sed -n 's/^as linked *//p' check/quality.txt)
    groups="$out/quality.html  (who is missed more often)"
    echo "$quality"
fi

finished=$(date +%s)
cat <<END

== Done in $((finished - started)) s, of which the build took $((built - started)) s
 1. Parties:   $(echo $parties | sed 's/ /, /g'): a folder each in $out
 2. Agreement: $out/agreement.json, signed by all; what it lets leave: check.txt
 3. Sent:      sealed and signed packages only, e.g. tally inspect ${owners##* }/delivery/${owners##* }-1-linkage.pkg
 4. Quality:   $quality
 5. Cohort:    analyst/cohort.db  (SQLite: person and one table a source, by pseudonym)
 6. Report:    $out/report.html  (open it in a browser; counts under 10 not shown)
 7. By group:  $groups
 8. Tables:    $tables
 9. Logs:      tally log show police/id     What a file is: tally inspect FILE
10. Next:      docs/governed.md; without an agreement, for pilots: sh cli/quickstart.sh --workbench
END
