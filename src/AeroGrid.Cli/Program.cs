using AeroGrid.Cli.Commands;

return await Entry.RunAsync(args);
