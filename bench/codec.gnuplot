# A chart of the codecs' times, as multiples of copydata's: -e gives data and chart, both files.
set terminal svg size 1120,560 font "sans-serif,13" background "white"
set output chart
set multiplot layout 2,1
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set boxwidth 0.9
set logscale y
set yrange [0.3:200]
set ytics (0.5, 1, 2, 5, 10, 20, 50, 100)
set grid ytics lc rgb "#dddddd"
set border 3 lc rgb "#888888"
set tics nomirror
set key outside right top
do for [direction in "encode decode"] {
    set title direction.": time, as a multiple of copydata.msgpack's"
    rows = sprintf("< grep ' %s ' %s", direction, data)
    plot rows using 3:xtic(1) title "floor" lc rgb "#bbbbbb", \
         1 notitle lc rgb "#1b6ca8" lw 2, \
         rows using 4 title "lua-cjson" lc rgb "#e0a030", \
         rows using 5 title "lua-messagepack" lc rgb "#b04a5a"
}
unset multiplot
