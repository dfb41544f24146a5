# The lines of a bench as a chart: gnuplot -e "lines='…'" -e "chart='…'" bench/transport.gp
# Two bars for each line: what copydata takes, and what it is compared with.
set terminal svg size 900, 480 background "white" font "sans-serif,12"
set output chart
set style data histograms
set style histogram clustered gap 1
set style fill solid noborder
set boxwidth 0.9
set logscale y
set ylabel "microseconds, each"
set xtics rotate by -35 noenhanced
set key outside top center horizontal
set grid ytics

# what size microseconds name ratio -> "what size, name" microseconds compared
table = "< awk '{ split($5, r, \"=\"); faster = r[1] ~ /^faster/;" \
  . " print \"\\\"\" $2 \" \" $3 \", \" r[1] \"\\\"\", $4, (faster ? $4 * r[2] : $4 / r[2]) }' " . lines

plot table using 2:xtic(1) title "copydata" linecolor rgb "#3a6ea5", \
  "" using 3 title "limit, none, LuaSocket" linecolor rgb "#c8c8c8"
