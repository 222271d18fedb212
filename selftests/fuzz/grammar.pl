#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# grammar.pl IOCTL.C WAPI.H - make the grammar of the requests, in C
#
# There is a request for each row of the dispatch table. What its fields are is
# taken from the kernel-doc of its structure, which says "in:", "out:" or "must be
# 0" of each, and what it means. A row of which not every field is understood is
# an error, so that no request goes unfuzzed.
use strict;
use warnings;

my ($table_file, $uapi_file) = @ARGV;
@ARGV == 2 or die "usage: grammar.pl IOCTL.C WAPI.H\n";

sub slurp
{
	my ($name) = @_;

	open(my $file, '<', $name) or die "grammar.pl: $name: $!\n";
	local $/;
	return <$file>;
}

my $uapi = slurp($uapi_file);
my $table = slurp($table_file);

# The structures: fields in their order, as [type, name, array], and their texts.
my (%fields, %texts);
while ($uapi =~ m{/\*\*\n \* struct (wapi_\w+) (.*?)\*/\nstruct \1 \{\n(.*?)\n\};}gs) {
	my ($struct, $doc, $body) = ($1, $2, $3);

	$doc =~ s/^ \*[ \t]?//gm;
	while ($doc =~ /^\@(\w+): (.*(?:\n[ \t]+\S.*)*)/gm) {
		my ($name, $text) = ($1, $2);

		$text =~ s/\s+/ /g;
		$texts{$struct}{$name} = $text;
	}
	# Of a union, the first field stands for all, which are as large.
	$body =~ s/^\tunion \{\n\t(\t.*;)\n(?:\t\t.*;\n)+\t\};$/$1/gm;
	for my $line (split /\n/, $body) {
		$line =~ /^\t(struct wapi_\w+|\w+) (\w+)(\[[^]]+\])?;$/ or
			die "grammar.pl: struct $struct: cannot read: $line\n";
		push @{$fields{$struct}}, [$1, $2, $3 // ''];
	}
}

# Names of the constants that begin with a prefix, and have a value like that.
sub constants
{
	my ($prefix, $like) = @_;
	my @names = $uapi =~ /^#define (${prefix}\w+)[ \t]+$like/gm;

	@names or die "grammar.pl: no constants $prefix*\n";
	return @names;
}

# What a pointer leads to.
sub target
{
	my ($where, $text) = @_;

	return 'KIND_HANDLES' if $text =~ /handles, each a __u32/;
	return 'KIND_REQUESTS' if $text =~ /each a &struct wapi_batch_request/;
	return 'KIND_NAME' if $text =~ /of the name/;
	return 'KIND_BUFFER' if $text =~ /of the buffer|bytes that/;
	die "grammar.pl: $where: what does it lead to? $text\n";
}

# What a number means, and constants that go into it.
sub meaning
{
	my ($where, $type, $name, $text, $pointers, $in) = @_;

	return 'KIND_ZERO' if $text =~ /must be 0/;
	return 'KIND_BYTES' if $type eq 'char' || $type =~ /^struct/;
	return ('KIND_FLAGS', constants($1, '\(1U <<')) if $in && $text =~ /(WAPI_[A-Z]+_)\* bits/;
	return ('KIND_FLAGS', $text =~ /\b(O_[A-Z]+)\b/g) if $text =~ /\bO_[A-Z]+\b/;
	return ('KIND_CHOICE', constants($1, '\d')) if $in && $text =~ /^(WAPI_[A-Z]+_)\*/;
	return ('KIND_CHOICE', $uapi =~ /^\t(WAPI_TYPE_[A-Z]+)\b/gm) 
		if $text =~ /&enum wapi_type|%WAPI_TYPE_UNUSED for any/;
	return target($where, $text) if $text =~ /\baddress of\b/;
	for my $pointer (@$pointers) {
		return 'KIND_COUNT' if $name eq "$pointer->[0]_size" ||
				       $pointer->[1] =~ /\@$name\b/;
	}
	return 'KIND_HANDLE' if $type eq '__u32' && $text =~
		/^(the|look behind this) handle|^a (thread|process) object|^an event that|^signal this object/;
	return 'KIND_BLOCK' if $type eq '__aligned_u64' &&
		$text =~ /block's offset|offset of|any offset|\ba block\b|where it begins/;
	return 'KIND_FD' if $type eq '__s32' && $text =~ /descriptor|pidfd/;
	return 'KIND_PID' if $type eq '__s32' && $text =~ /id in the caller's PID namespace/;
	return 'KIND_TIME' if $type eq '__aligned_s64' && $text =~ /time/;
	return 'KIND_ID' if $text =~ /as listings name it|by id/;
	return 'KIND_NUMBER' if $type =~ /^__(aligned_)?[us](32|64)$/;
	die "grammar.pl: $where: what is it? $type, $text\n";
}

sub array
{
	my ($name, @values) = @_;

	print "static const uint64_t ${name}[] = { ", join(', ', @values), " };\n";
}

print <<END;
/* SPDX-License-Identifier: GPL-2.0 */
/* Made by grammar.pl: do not edit. */

END

my (@ops, %rows);
while ($table =~ /\bWAPI_OP\(WAPI_IOC_(\w+),\s*(\w+),\s*(\w+),\s*(\w+),/g) {
	my ($op, $struct, $last, $told) = ($1, $2, $3, $4);
	my (@rows, @pointers, $size);

	$uapi =~ /^#define WAPI_IOC_$op\s+_IOWR?\(WAPI_IOC_MAGIC, 0x[0-9a-f]+, struct $struct\)$/m or
		die "grammar.pl: $op: wapi.h has no such request of struct $struct\n";
	$rows{$op} = 1;
	for my $field (@{$fields{$struct} or die "grammar.pl: no struct $struct\n"}) {
		my $text = $texts{$struct}{$field->[1]} // '';

		push @pointers, [$field->[1], $text] if $text =~ /\baddress of\b/;
	}
	$size = '';
	for my $field (@{$fields{$struct}}) {
		my ($type, $name, $array) = @$field;
		my $where = "struct $struct: \@$name";
		my $text = $texts{$struct}{$name} // die "grammar.pl: $where has no kernel-doc\n";
		my $in = $text =~ /\bin( and out)?:/;
		my $out = $text =~ /\bout:/;
		my $plain = $text =~ s/^(in|out|in and out): //r;
		my ($kind, @values) = meaning($where, $type, $name, $plain, \@pointers, $in);

		$in or $out or $kind eq 'KIND_ZERO' or
			die "grammar.pl: $where: is it in or out? $text\n";
		@values = $in ? grep { !/_COUNT$/ } @values : ();
		array("values_${op}_$name", @values) if @values;
		push @rows, sprintf('{ "%s", offsetof(struct %s, %s), sizeof(((struct %s *)0)->%s), %s, %d, %d, %s }',
				    $name, $struct, $name, $struct, $name, $kind,
				    $in || $kind eq 'KIND_ZERO', $out,
				    @values ? "values_${op}_$name, " . @values : 'NULL, 0');
		$size .= " + sizeof(((struct $struct *)0)->$name)";
	}
	print "static const struct field fields_${op}[] = {\n";
	print "\t$_,\n" for @rows;
	print "};\n_Static_assert(sizeof(struct $struct) == 0$size, \"holes in struct $struct\");\n";
	print "_Static_assert(sizeof(struct $struct) <= STRUCT_MAX, \"struct $struct is too large\");\n";
	printf "_Static_assert(%d <= MAX_FIELDS, \"struct $struct has too many fields\");\n\n", scalar @rows;
	push @ops, sprintf('{ "%s", WAPI_IOC_%s, offsetof(struct %s, %s) + sizeof(((struct %s *)0)->%s), fields_%s, %d, NULL, 0 }',
			   $op, $op, $struct, $last, $struct, $last, $op, scalar @rows);
}

my @named = $uapi =~ /^#define WAPI_IOC_(\w+)\s+_IO/gm;
for my $op (@named) {
	$rows{$op} or die "grammar.pl: $op is not in the dispatch table\n";
}
# A row that is written in another way than we read would be missed.
my $mentioned = () = $table =~ /\[?_IOC_NR\(WAPI_IOC_\w+\)\]?\s*=|\bWAPI_OP\(\w+_IOC_\w+/g;
@ops == $mentioned && @ops or
	die "grammar.pl: understood @{[scalar @ops]} of $mentioned rows of the dispatch table\n";

print "#define REQUESTS \\\n";
print join(", \\\n", map { "\t$_" } @ops), "\n";
printf "#define NR_REQUESTS %d\n", scalar @ops;
