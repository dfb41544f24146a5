# A chart of what messages cost, from the output of a bench: -e gives lines and chart, both files.
# Two bars for each line: the time of copydata, and of what it is compared with.
set terminal svg size 960,540 font "sans-serif,13" background "white"
set output chart
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set logscale y
set format y "%.0f"
set ylabel "microseconds each"
set xtics rotate by 40 right noenhanced textcolor rgb "#333333"
set grid ytics lc rgb "#dddddd"
set border 3 lc rgb "#888888"
set tics nomirror
set key outside top center horizontal

# what size microseconds name ratio -> "what size, name" microseconds compared
table = "< awk '{ split($5, r, \"=\"); faster = r[1] ~ /^faster/;" \
  . " size = $2 ~ /^(sleep|requests)$/ ? $3 \" tasks\" : $2 == \"presence\" ? $3 \" watcher\" : $3 >= 1048576 ? $3 / 1048576 \" MiB\" : $3 >= 1024 ? $3 / 1024 \" KiB\" : $3 \" B\";" \
  . " print \"\\\"\" $2 \" \" size \", \" r[1] \"\\\"\", $4, (faster ? $4 * r[2] : $4 / r[2]) }' " . lines

plot table using 2:xtic(1) title "copydata" lc rgb "#1b6ca8", \
  "" using 3 title "what it is compared with" lc rgb "#bbbbbb"
