"""The command lines of the suite.

A line is `command | outputs | expected exit code | description`; the exit code is 0 if left out
and `-` for NULL. Before the suffix of an output, `?` says that it has no baseline yet, `*` that
a variant (what Windows makes of it) is accepted too, `~` that it is ignored and `+` that it is
ignored but reported all the same. A category's tests go through its lines in turn.
"""

from typing import Final

COMMANDS: Final = {
    "Broken": """
-autoprogram -out=ttxt -latin1 -ucla           | .txt
-autoprogram -out=srt -latin1                  | .srt          | | Packets out of order
-autoprogram -out=bin -latin1                  | .bin
--autoprogram --out=ttxt --latin1 --ucla --xds | .txt ~.log    | | Cut off in a packet
--out=srt --latin1                             | *.srt         | - | Two clocks at once
""",
    "CEA-708": """
-svc 1 -out=ttxt -latin1                       | .p1.svc01.txt
-svc 1,2 -out=srt -utf8                        | .p1.svc01.srt .p1.svc02.srt
--service 1,2,3 --out=ttxt --no-rollup         | .p1.svc01.txt .p1.svc02.txt .p1.svc03.txt
-708 -svc all[EUC-KR] -out=srt                 | .p1.svc01.srt ?.p1.svc02.srt | | Korean
--service all --out=sami --utf8                | .p1.svc01.smi .p1.svc02.smi .p1.svc03.smi
""",
    "DVB": """
-codec dvbsub -out=spupng                      | .xml .d/sub0000.png
--codec dvbsub --dvblang eng --out=srt         | .srt .d/sub0000.png | | Recognises the letters
-autoprogram -codec dvbsub -out=spupng         | .xml
""",
    "DVD": """
-out=srt -latin1                               | .srt
--out=ttxt --latin1 --goptime                  | .txt          | | Clock starts again per chapter
-out=spupng -latin1                            | .xml .d/sub0000.png
""",
    "DVR-MS": """
-autoprogram -out=ttxt -latin1 -ucla           | .txt
--out=srt --latin1                             | .srt
""",
    "General": """
-autoprogram -out=ttxt -latin1 -ucla           | .txt
-autoprogram -out=srt -latin1                  | .srt
-autoprogram -out=bin -latin1                  | .bin
--autoprogram --out=ttxt --latin1 --ucla --xds | .txt .xds.txt
--out=srt --latin1                             | *.srt
-12 -autoprogram -out=srt -latin1              | _1.srt _2.srt | | Both fields
-autoprogram -out=sami -latin1                 | .smi
--multiprogram --out=ttxt --latin1             | .p1.txt .p2.txt .p3.txt
-autoprogram -out=srt -utf8 -debug             | .srt +.log    | | The log counts when it is there
""",
    "Hauppage": """
-haup -autoprogram -out=srt -latin1            | .srt
-haup -autoprogram -out=ttxt -latin1 -ucla     | .txt
--hauppauge --out=bin                          | .bin
""",
    "MP4": """
-mp4 -autoprogram -out=srt -latin1             | .srt
--input mp4 --out=ttxt --latin1                | .txt
--input mp4 --mp4vidtrack --out=srt            | *.srt         | | In the video track
""",
    "NoCC": """
-autoprogram -out=ttxt -latin1                 |               | 10
--autoprogram --out=srt --latin1               |               | 10 | No captions: exit code 10
-stdin -out=srt                                |               | 10
--out=srt --latin1 --ucla                      | ~.srt         | 10
""",
    "Teletext": """
-autoprogram -out=srt -latin1 -tpage 888       | .srt
-codec teletext -out=ttxt -latin1              | .txt
-tpage 398 -out=srt -utf8 -datets              | .srt          | | A German page
--tpage 801 --tpage 888 --out=srt              | .888.srt .801.srt | | Two pages
--codec teletext --tpage 777 --out=smptett     | *.ttml
-tpage 888 -out=sami -latin1 -ucla             | .smi
-autoprogram -tpage 0 -out=ttxt -sects         | .100.txt .888.txt
""",
    "WTV": """
-wtvconvertfix -autoprogram -out=srt -latin1   | .srt
-autoprogram -out=ttxt -latin1 -ucla           | .txt
--input wtv --out=srt --latin1                 | .srt
--input wtv --wtvmpeg2 --out=ttxt --xds        | .txt .xds.txt | | MPEG-2 track
""",
    "XDS": """
-autoprogram -out=ttxt -latin1 -ucla -xds      | .txt .xds.txt
--autoprogram --out=ttxt --latin1 --ucla --xds | .txt
-xds -12 -out=ttxt -latin1                     | _1.txt _2.txt | | Both fields
--out=ttxt --latin1 --xds --datets             | .txt          | | Content advisory
""",
    "Hardsubx": """
-hardsubx -ocr_mode frame -out=srt -lum_thresh 80 | .srt | | White letters on a dark picture
""",
    "Options": """
--out=srt --latin1                             | .srt
--out=ttxt --latin1 --ucla                     | .txt
--out=sami --utf8                              | .smi
--out=smptett                                  | .ttml
--out=bin                                      | .bin
--out=raw                                      | .raw
--out=dvdraw                                   | .dvdraw
--out=webvtt                                   | .vtt
--out=webvtt --webvtt-create-css               | .vtt .css
--out=simple-xml                               | .xml
--out=g608                                     | .g608
--out=ssa                                      | .ass
--out=scc                                      | .scc
--out=mcc --caption-service 1                  | ?.mcc         | | Baseline is still to be agreed on
--out=null                                     |               | | Reads everything, writes nothing
--out=null --no-progress-bar                   |
--out=report                                   |               | | A summary on the terminal
--out=report --autoprogram                     |
--stdout --out=srt                             | .srt
--stdout --out=ttxt --quiet                    | .txt
--stdin --out=srt                              | .srt          | | The file comes through a pipe
--stdin --out=ttxt --latin1                    | .txt
--udp 127.0.0.1:8765 --out=srt                 | .srt          | - | Listens for one minute
--sendto 127.0.0.1:8766 --out=bin              | .bin          | - | To a second process
--output-field 1 --out=srt                     | .srt
--output-field 2 --out=srt                     | .srt
--output-field both --out=srt                  | _1.srt _2.srt
--output-field both --out=ttxt                 | _1.txt _2.txt
--cc2 --out=srt                                | .srt
--multiprogram --out=srt                       | .p1.srt .p2.srt
--multiprogram --out=ttxt --xds                | .p1.txt .p2.txt .p3.txt
--program-number 1 --out=srt                   | .srt
--autoprogram --out=srt                        | .srt
--datapid 200 --out=srt                        | .srt
--datastreamtype 2 --out=srt                   | .srt
--streamtype 27 --out=srt                      | .srt
--unicode --out=srt                            | *.srt
--utf8 --bom --out=srt                         | *.srt
--no-bom --out=srt                             | *.srt
--lf --out=srt                                 | .srt
--df --out=ttxt                                | .txt
--goptime --out=srt                            | .srt
--no-goptime --out=srt                         | .srt
--fixpadding --out=srt                         | .srt
--90090 --out=srt                              | .srt          | | An analogue clock
--videoedited --out=srt                        | .srt
--usepicorder --out=srt                        | .srt
--myth --out=srt                               | .srt
--no-autotimeref --out=srt                     | .srt
--no-scte20 --out=srt                          | .srt
--delay 3000 --out=srt                         | .srt
--delay -500 --out=srt                         | .srt
--startat 00:30 --out=srt                      | .srt
--endat 01:00 --out=srt                        | .srt
--startat 00:30 --endat 01:00 --out=ttxt       | .txt          | | Half a minute
--startcreditstext "Captions" --out=srt        | .srt
--endcreditstext "The end" --out=srt           | .srt
--screenfuls 10 --out=srt                      | .srt          | | Stops after ten captions
--sentencecap --out=srt                        | .srt
--capfile words.txt --out=srt                  | .srt
--kf --out=srt                                 | .srt
--splitbysentence --out=srt                    | .srt
--dru --out=srt                                | .srt
--no-rollup --out=srt                          | .srt
--rollup 1 --out=ttxt                          | .txt
--rollup 2 --out=ttxt                          | .txt
--rollup 3 --out=ttxt                          | .txt
--no-fontcolor --out=srt                       | .srt
--no-htmlescape --out=srt                      | .srt
--no-typesetting --out=srt                     | .srt
--trim --out=srt                               | .srt
--defaultcolor #FF0000 --out=srt               | .srt
--unixts 1400000000 --out=ttxt                 | .txt
--datets --out=ttxt                            | .txt
--sects --out=ttxt                             | .txt
--xmltv 1 --out=null                           | _epg.xml      | | Programme guide only
--customtxt 1100100 --out=ttxt                 | .txt
--sem --out=srt                                | .srt ~.srt.sem
--koc --out=srt                                | .srt
--forceflush --out=srt                         | .srt
--append --out=srt                             | .srt
--bufferinput --buffersize 4M --out=srt        | .srt
--no-bufferinput --out=srt                     | .srt
--investigate-packets --out=srt                | .srt ~.log
--parsedebug --out=srt                         | .srt
--quant 0 --ocrlang eng --out=srt              | .srt
--norollup --nocodec dvbsub --out=srt          | .srt          | | Replaced by --no-rollup
""",
}
