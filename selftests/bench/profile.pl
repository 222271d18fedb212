#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# profile.pl [-n ROUNDS] [-t LINES] [-a FUNCTION]... DIR PID MARK WAPI_KO
#
# The host's side of profile.sh. In DIR are the sockets of the guest's serial
# port and of QEMU's monitor; PID is of the one who runs the guest, MARK the
# address where a round begins.
use strict;
use warnings;
no warnings 'portable'; # about numbers of 64 bits
use Getopt::Long qw(:config bundling no_auto_abbrev);
use IO::Socket::UNIX;
use Time::HiRes qw(sleep);

my ($wanted, $lines, @listed) = (300, 0);
GetOptions('n=i' => \$wanted, 't=i' => \$lines, 'a=s' => \@listed) && @ARGV == 4
	or die "profile.pl: see profile.sh\n";
my ($dir, $pid, $mark, $ko) = @ARGV;
my $log = "$dir/log";
$| = 1;

sub alive
{
	kill 0, $pid or die "profile.pl: the guest has ended\n";
}

sub reach
{
	my $path = "$dir/$_[0]";

	for (;;) {
		my $socket = IO::Socket::UNIX->new(Peer => $path);
		return $socket if $socket;
		alive;
		sleep 0.05;
	}
}

my $port = reach('port');
my $monitor = reach('monitor');

# What comes up to and with the prompt, without the prompt.
sub answer
{
	my $text = '';

	until ($text =~ s/\(qemu\) $//) {
		sysread $monitor, $text, 65536, length $text
			or die "profile.pl: QEMU has ended\n";
	}
	$text =~ s/\r//g;
	return $text;
}

# QEMU echoes the command, each time with all before, in its first line.
sub order
{
	syswrite $monitor, "$_[0]\n";
	my $text = answer;
	$text =~ s/^.*\n//;
	return $text;
}

my $buffer = '';
sub line_from_guest
{
	my $end;

	while (($end = index $buffer, "\n") < 0) {
		sysread $port, $buffer, 65536, length $buffer
			or die "profile.pl: the guest has ended\n";
	}
	my $line = substr $buffer, 0, $end, '';
	substr $buffer, 0, 1, '';
	die "profile.pl: the guest says: $1\n" if $line =~ /^!(.*)/;
	return $line;
}

# Addresses of functions in order, as hexadecimal digits that compare as strings,
# and their names. Of several at one address a global one, the first; a system
# call has a second name that nobody knows.
my (@starts, %names, %global);
sub read_symbols
{
	while ((my $line = line_from_guest) ne '.') {
		my ($at, $type, $name, $module) =
			$line =~ /^(\S+) (\S) (\S+)(?:\s+(\[.*\]))?/ or next;
		next if $name =~ /^(__pfx_|__SC[KT]__|_stext$|_text$)/;
		next if $names{$at} && $names{$at} !~ /^__ia32_|_array$/ &&
			($global{$at} || $type ne 'T');
		$names{$at} = defined $module ? "$name $module" : $name;
		$global{$at} = $type eq 'T';
	}
	@starts = sort keys %names;
}

# The index of the function that an address is in.
sub function_at
{
	my ($low, $high) = (0, scalar @starts);

	while ($high - $low > 1) {
		my $middle = ($low + $high) >> 1;
		if ($starts[$middle] le $_[0]) {
			$low = $middle;
		} else {
			$high = $middle;
		}
	}
	return $low;
}

sub is_user
{
	return $_[0] lt '8';
}

# Watch rounds: how often each length came, and the addresses of one of each.
sub watch
{
	my (%times, %sample, @round, $all);
	my ($rest, $rounds, $begun) = ('', -1, 0);

	unlink $log;
	order("logfile $log");
	# From QEMU 8.1 on it has another name.
	my $single = 'singlestep';
	$single = 'one-insn-per-tb' if order("$single on") =~ /unknown command/;
	order("$single on") if $single ne 'singlestep';
	order('log exec,nochain');
	open my $in, '<', $log or die "profile.pl: $log: $!\n";
	while ($rounds < $wanted) {
		my $size = sysread $in, $rest, 1 << 20, length $rest;
		if (!$size) {
			alive;
			sleep 0.02;
			next;
		}
		my $end = rindex $rest, "\n";
		next if $end < 0;
		my $text = substr $rest, 0, $end;
		$rest = substr $rest, $end + 1;
		# Trace 0: 0x7f2a040a1240 [<cs base>/<pc>/<flags>/<cflags>]
		for (split /\n/, $text) {
			my $c = ord;
			if ($c == 84) {
				my $pc = substr $_, index($_, '/') + 1, 16;
				if ($pc eq $mark) {
					# The first has begun somewhere.
					if ($rounds++ >= 0) {
						$all += @round;
						$sample{@round} //= [@round]
							if !$times{@round}++;
					}
					last if $rounds >= $wanted;
					@round = ();
				}
				push @round, $pc;
			} elsif ($c == 83) {
				# Stopped execution of TB chain before ...
				pop @round;
			}
		}
	}
	order('log none');
	order("$single off");
	unlink $log;

	my ($usual) = sort { $times{$b} <=> $times{$a} || $a <=> $b } keys %times;
	return ($sample{$usual}, $times{$usual}, $rounds, $all / $rounds);
}

# The module's functions: section and address there, for addr2line.
my %in_ko;
sub read_ko
{
	open my $in, '-|', 'objdump', '-t', $ko or return;
	while (<$in>) {
		$in_ko{$5} //= [$2, $1]
			if /^([0-9a-f]{16}) .{7} (\.\S+)(\t)([0-9a-f]+) (?:\.hidden )?(\S+)$/;
	}
	close $in;
}

# Where in the source each of these offsets of a module's function is.
sub sources
{
	my ($name, @offsets) = @_;
	my ($section, $start) = @{$in_ko{$name} // return ()};
	my (%found, $at);

	open my $in, '-|', 'addr2line', '-e', $ko, '-j', $section, '-ais',
		map { sprintf '0x%x', hex($start) + $_ } @offsets or return ();
	while (<$in>) {
		chomp;
		s/ \(discriminator \d+\)//;
		if (/^0x([0-9a-f]+)$/) {
			$at = hex($1) - hex $start;
		} elsif (!/^\?/) {
			# The innermost first: say who has it inlined last.
			push @{$found{$at}}, $_;
		}
	}
	close $in;
	return map { $_ => join ' < ', @{$found{$_}} } keys %found;
}

# One function as it is in the guest's memory, patched, with counts.
sub list
{
	my ($index, $count) = @_;
	my $start = hex $starts[$index];
	my $end = $index < $#starts ? hex $starts[$index + 1] : $start + 4096;
	my ($at, @rows) = $start;

	while ($at < $end) {
		my $before = @rows;
		my $text = order(sprintf 'x/64i 0x%x', $at);
		for (split /\n/, $text) {
			/^0x([0-9a-f]+):\s+(?:(?:[0-9a-f]{2} )+\s*)?(.*)/ or next;
			last if hex $1 >= $end;
			# The rest of a long one has a line of its own.
			next if $2 =~ /^[0-9a-f]{2}$/;
			push @rows, [hex $1, $2];
		}
		last if @rows - $before < 64;
		# The last one again, as the first: where it ends is not told.
		$at = (pop @rows)->[0];
	}
	# What fills the gap to the next function.
	pop @rows while @rows && $rows[-1][1] =~ /^(nop|int3)/;
	my ($name) = split ' ', $names{$starts[$index]};
	my %source = $names{$starts[$index]} =~ /\[wapi\]/ ?
		sources($name, map { $_->[0] - $start } @rows) : ();
	printf "\n### %s\n", $names{$starts[$index]};
	for (@rows) {
		my ($address, $what) = @$_;
		my $offset = $address - $start;
		my $n = $count->{sprintf '%016x', $address} // '';
		$what =~ s{0x(ffffffff[0-9a-f]{8})\b}{
			my $to = function_at($1);
			my $far = hex($1) - hex $starts[$to];
			my $where = $to == $index ? '' : $names{$starts[$to]};
			sprintf '%s+0x%x', $where, $far;
		}ge;
		printf "%7s  +0x%-4x %-48s%s\n", $n, $offset, $what,
			defined $source{$offset} ? "  $source{$offset}" : '';
	}
}

sub report
{
	my ($operation, $round, $times, $rounds, $mean) = @_;
	my ($user, $again, $last, %at, %count, %calls, %part) = (0, 0, '');

	for (@$round) {
		$again++ if $_ eq $last;
		$at{$_}++;
		$last = $_;
	}
	while (my ($pc, $n) = each %at) {
		if (is_user($pc)) {
			$user += $n;
			next;
		}
		my $function = function_at($pc);
		$count{$function} += $n;
		$calls{$function} += $n if $pc eq $starts[$function];
		$part{$names{$starts[$function]} =~ /(\[.*\])/ ? $1 : 'kernel'} += $n;
	}

	printf "\n## %s: %d instructions (%s)\n", $operation, scalar @$round,
		join ', ', "user $user", map { "$_ $part{$_}" } sort keys %part;
	printf "# %d of %d rounds are like this; the mean is %.1f\n",
		$times, $rounds, $mean;
	print "# $again of them repeat a string instruction\n" if $again;
	print "  count  calls  function\n";
	my @order = sort { $count{$b} <=> $count{$a} ||
			   $names{$starts[$a]} cmp $names{$starts[$b]} } keys %count;
	my $shown = 0;
	for (@order) {
		last if $lines && ++$shown > $lines;
		printf "%7d %6s  %s\n", $count{$_}, $calls{$_} // '',
			$names{$starts[$_]};
	}
	printf "%7d %6s  user\n", $user, '';
	printf "%7d %6s  total\n", scalar @$round, '';

	for my $name (@listed) {
		list($_, \%at) for grep {
			$names{$starts[$_]} =~ /^\Q$name\E(?:[. ].*)?$/ } @order;
	}
}

answer;
read_symbols;
read_ko if @listed;
while (1) {
	my $operation = eval { line_from_guest };
	last if !defined $operation && $@ =~ /has ended/;
	die $@ if !defined $operation;
	my @seen = watch;
	report($operation, @seen);
	syswrite $port, "\n";
}
