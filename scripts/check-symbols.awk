# layers.txt, pure.txt, harmless.txt, writers.txt, then lines `file letter symbol` (nm -P) of every object.
function folder(path) {
	return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "main"
}

# A shell pattern of pure.txt as a regular expression.
function regex(pattern) {
	gsub(/\*/, "[A-Za-z0-9_]*", pattern)
	return "^" pattern "$"
}

function allowed(symbol, i) {
	for (i = 1; i <= refused_count; i++)
		if (symbol ~ refused[i])
			return 0
	for (i = 1; i <= granted_count; i++)
		if (symbol ~ granted[i])
			return 1
	return 0
}

# Whatever is not known to hand no bytes to the outside. The checked forms of glibc (__printf_chk)
# count as what they check.
function writes(symbol, i) {
	if (symbol !~ /^__(asan|ubsan|sanitizer)_/) {
		sub(/^__/, "", symbol)
		sub(/_chk$/, "", symbol)
	}
	for (i = 1; i <= harmless_count; i++)
		if (symbol ~ harmless[i])
			return 0
	return !allowed(symbol) && !allowed("__" symbol)
}

/^[[:space:]]*(#|$)/ { next }

FILENAME ~ /layers\.txt$/ {
	name = $2
	sub(/:$/, "", name)
	if ($1 == "layer") {
		for (i = 3; i <= NF; i++)
			may[name, $i] = 1
	} else if ($1 == "pure") {
		for (i = 2; i <= NF; i++)
			pure[$i] = 1
	} else if ($1 == "only") {
		for (i = 3; i <= NF; i++)
			only[name] = only[name] " " $i
	}
	next
}

FILENAME ~ /pure\.txt$/ {
	if (sub(/^!/, "", $1))
		refused[++refused_count] = regex($1)
	else
		granted[++granted_count] = regex($1)
	next
}

FILENAME ~ /harmless\.txt$/ {
	harmless[++harmless_count] = regex($1)
	next
}

FILENAME ~ /writers\.txt$/ {
	listed[$1] = 1
	if (NF < 2)
		print "scripts/writers.txt: " $1 " has no reason"
	next
}

$2 ~ /[TDRBCVW]/ { home[$3] = folder($1) }
$2 == "U" { used[++used_count] = $1 " " $3 }

END {
	for (u = 1; u <= used_count; u++) {
		split(used[u], part, " ")
		file = part[1]
		symbol = part[2]
		from = folder(file)
		to = home[symbol]
		if (symbol in only) {
			ok = 0
			count = split(only[symbol], place, " ")
			for (i = 1; i <= count; i++)
				if (index(file, place[i]) == 1)
					ok = 1
			if (!ok)
				print "server/" file ": uses " symbol ", which is only for" only[symbol]
		}
		if (to == "" && symbol ~ /^sqlite3_/ && from != "store")
			print "server/" file ": uses " symbol ", which is only for store/"
		if (to == "" && writes(symbol)) {
			wrote[file] = 1
			if (!(file in listed))
				print "server/" file ": calls " symbol " but is not in scripts/writers.txt"
		}
		if (to == "" && (from in pure) && !allowed(symbol))
			print "server/" file ": " from "/ is pure, " symbol " is not in scripts/pure.txt"
		if (to != "" && to != from && !((from, to) in may))
			print "server/" file ": " from "/ may not use " symbol " of " to "/"
	}
	for (file in listed)
		if (!(file in wrote))
			print "scripts/writers.txt: server/" file " writes nothing"
}
