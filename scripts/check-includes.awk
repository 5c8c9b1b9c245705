# layers.txt, then lines `file line "header"` or `file line <header>`.
function folder(path) {
	return path ~ /\// ? substr(path, 1, index(path, "/") - 1) : "main"
}

function bad(what) {
	print "server/" $1 ":" $2 ": " what
}

BEGIN {
	while ((getline line < headers) > 0)
		known[line] = 1
}

FILENAME ~ /layers\.txt$/ {
	name = $2
	sub(/:$/, "", name)
	if ($1 == "layer") {
		layer[name] = 1
		for (i = 3; i <= NF; i++)
			may[name, $i] = 1
	} else if ($1 == "other") {
		other[name] = 1
		for (i = 3; i <= NF; i++)
			may_other[name, $i] = 1
	} else if ($1 == "private") {
		for (i = 2; i <= NF; i++)
			hidden[$i] = 1
	}
	next
}

{
	from = folder($1)
	header = substr($3, 2, length($3) - 2)
	to = folder(header)
	if (!(from in layer)) {
		bad("folder " from "/ is not in scripts/layers.txt")
	} else if ($3 ~ /^</) {
		if (header in known || header in other)
			bad("write \"" header "\", not <" header ">")
	} else if ($3 !~ /^"/) {
		bad("an include must name its file")
	} else if (header in other) {
		if (!((header, from) in may_other))
			bad(from "/ may not include " header)
	} else if (header !~ /\// || header ~ /\.\./) {
		bad("write folder/" header)
	} else if (to == from) {
		next
	} else if (header in hidden) {
		bad(header " is for " to "/ only")
	} else if (!((from, to) in may) && !((from, header) in may)) {
		bad(from "/ may not include " header)
	}
}
