#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# syzkaller_check.pl WAPI.TXT WAPI.H - hold the description against the interface
#
# It must name every constant of the interface, and no other; have a call for each
# request, in the right direction; and its structures must be those of C: for the
# compiler to see, assertions of each field's place come out.
use strict;
use warnings;

my ($text_file, $uapi_file) = @ARGV;
@ARGV == 2 or die "usage: syzkaller_check.pl WAPI.TXT WAPI.H\n";

sub slurp
{
	my ($name) = @_;

	open(my $file, '<', $name) or die "syzkaller_check.pl: $name: $!\n";
	local $/;
	return <$file>;
}

my $errors = 0;
sub wrong
{
	print STDERR "syzkaller_check.pl: @_\n";
	$errors++;
}

my $uapi = slurp($uapi_file);
my $text = slurp($text_file);

# Of ours another name where the interface's is that of a resource.
my %in_c = (wapi_block_of => 'wapi_block', wapi_batched => 'wapi_batch_request');

my %constants = map { $_ => 1 } $uapi =~ /^(?:#define |\t)(WAPI_[A-Z_]+)\b(?!\()/gm;
my %named = map { $_ => 1 } $text =~ /\b(WAPI_[A-Z_]+)\b/g;
$named{$_} or wrong("$_ is not in the description") for sort keys %constants;
$constants{$_} or wrong("there is no $_") for sort keys %named;

my %size_of = (int8 => 1, int16 => 2, int32 => 4, int64 => 8, bool32 => 4,
	       fd => 4, fd_pidfd => 4, pid => 4, uid => 4);
my (%structs, %unions, %templates, %flags, %calls);

# The description, line by line: what is in none of these forms is an error.
my ($open, $kind);
for my $line (split /\n/, $text) {
	if ($open) {
		if ($line =~ /^[\]}]$/) {
			undef $open;
		} elsif ($line =~ /^\t(\w+)\t+([^\t]+?)(\t\((in|out|inout)\))?$/) {
			push @$open, [$1, $2];
		} else {
			wrong("cannot read: $line");
		}
	} elsif ($line =~ /^(#.*|include <[\w\/.]+>|)$/) {
		next;
	} elsif ($line =~ /^resource (\w+)\[(\w+)\](: [\w, ]+)?$/) {
		$size_of{$1} = $size_of{$2} // wrong("resource $1 of what? $2");
	} elsif ($line =~ /^(\w+) = [\w", `]+$/) {
		$flags{$1} = 1;
	} elsif ($line =~ /^type (\w+)\[CMD, ARG\] \{$/) {
		$open = $templates{$1} = $structs{$1} = [];
	} elsif ($line =~ /^(\w+) \{$/) {
		$open = $structs{$1} = [];
	} elsif ($line =~ /^(\w+) \[$/) {
		$open = $unions{$1} = [];
	} elsif ($line =~ /^ioctl\$(\w+)\(fd fd_wapi, cmd const\[(\w+)\], arg ptr\[(in|inout), (\w+)\]\)$/ &&
		 $1 eq $2) {
		$calls{$1} = [$3, $4];
	} elsif ($line !~ /^(openat|mmap|read)\$wapi\w*\(.*\)( fd_wapi)?$/) {
		wrong("cannot read: $line");
	}
}

# Every name that is used is one that is there. Size and alignment are returned.
sub layout
{
	my ($type) = @_;
	my ($name, $in) = $type =~ /^(\w+)(?:\[(.*)\])?$/ or return wrong("cannot read: $type");

	return ($size_of{$name}) x 2 if $size_of{$name} && !defined $in;
	return (8, 8) if $name eq 'ptr64' && pointee($in);
	if ($name =~ /^(const|flags|len|bytesize)$/ && $in =~ /^(\w+), (int32|int64)$/) {
		$flags{$1} or wrong("no flags $1") if $name eq 'flags';
		return ($size_of{$2}) x 2;
	}
	if ($name eq 'array' && $in =~ /^(.*), (\d+)$/) {
		my ($size, $alignment) = layout($1);

		return ($size * $2, $alignment);
	}
	if ($templates{$name}) {
		$in =~ /^(\w+), (\w+)$/ && $calls{$1} && $structs{$2} or wrong("cannot read: $type");
		return (16, 8);
	}
	return (struct_layout($name))[0, 1] if $structs{$name};
	if ($unions{$name}) {
		my ($most, $alignment) = (0, 1);

		for my $field (@{$unions{$name}}) {
			my ($size, $its) = layout($field->[1]);

			$most = $size if $size > $most;
			$alignment = $its if $its > $alignment;
		}
		return ($most, $alignment);
	}
	wrong("what is $type?");
	return (1, 1);
}

sub pointee
{
	my ($in) = @_;

	return 1 if $in eq 'inout, ARG' || $in =~ /^in, stringnoz\[(\w+)\](, opt)?$/ && $flags{$1};
	return 1 if $in =~ /^in, array\[int8\], opt$/;
	$in =~ /^(in|out|inout), array\[(\w+)\]$/ or return wrong("cannot read: ptr64[$in]");
	layout($2);
	return 1;
}

sub struct_layout
{
	my ($name) = @_;
	my ($at, $most, @fields) = (0, 1);

	for my $field (@{$structs{$name}}) {
		my ($size, $alignment) =
			layout($field->[1] =~ s/\bCMD\b/0/r);

		$at += -$at % $alignment;
		push @fields, [$field->[0], $at, $size];
		$at += $size;
		$most = $alignment if $alignment > $most;
	}
	return ($at + -$at % $most, $most, @fields);
}

my %described;
print "/* SPDX-License-Identifier: GPL-2.0 */\n/* Made by syzkaller_check.pl: do not edit. */\n\n";
for my $name (sort keys %structs) {
	my $c = $in_c{$name} // $name;
	my ($size, undef, @fields) = struct_layout($name);

	$described{$c} = 1;
	printf "_Static_assert(sizeof(struct %s) == %d, \"wapi.txt: %s\");\n", $c, $size, $name;
	for my $field (@fields) {
		printf "_Static_assert(offsetof(struct %s, %s) == %d && sizeof(((struct %s *)0)->%s) == %d, \"wapi.txt: %s\");\n",
			$c, $field->[0], $field->[1], $c, $field->[0], $field->[2], "$name.$field->[0]";
	}
}
layout($_) for keys %unions;
$described{$_} or wrong("struct $_ is not in the description")
	for $uapi =~ /^struct (wapi_\w+) \{/gm;

while ($uapi =~ /^#define (WAPI_IOC_\w+)\s+_(IOWR?)\(WAPI_IOC_MAGIC, 0x[0-9a-f]+, struct (\w+)\)/gm) {
	my ($name, $direction, $struct) = ($1, $2 eq 'IOWR' ? 'inout' : 'in', $3);
	my $call = $calls{$name} or wrong("there is no call for $name"), next;

	$call->[0] eq $direction or wrong("$name goes in another direction");
	($in_c{$call->[1]} // $call->[1]) eq $struct or wrong("$name has another structure");
}
exit($errors ? 1 : 0);
