return {summary="x",example="x",statuses="x",run=function() return 0 end}
