// Reads semantic models with Microsoft's parser of TMDL. For each folder that is named it prints "OK", or what is wrong in one line;
// of a sound one it writes what was understood beside the folder, as JSON.
using System;
using System.IO;
using Microsoft.AnalysisServices.Tabular;

class Check
{
    static int Main(string[] folders)
    {
        var wrong = 0;
        foreach (var folder in folders)
        {
            try
            {
                var database = TmdlSerializer.DeserializeDatabaseFromFolder(folder);
                foreach (SingleColumnRelationship each in database.Model.Relationships)
                    if (each.FromColumn == null || each.ToColumn == null)
                        throw new Exception("the relationship " + each.Name + " has no column");
                var found = database.Model.Validate();
                if (found != null && found.ContainsErrors)
                    throw new Exception(found.ToString());
                File.WriteAllText(folder.TrimEnd('/') + ".json", JsonSerializer.SerializeDatabase(database));
                Console.WriteLine("OK");
            }
            catch (Exception error)
            {
                wrong++;
                var words = error.Message.Split(new[] { '\r', '\n', ' ' }, StringSplitOptions.RemoveEmptyEntries);
                Console.WriteLine(error.GetType().Name + ": " + string.Join(" ", words));
            }
        }
        return wrong;
    }
}
