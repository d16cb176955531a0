<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
  <context>
    <name>AboutDialog</name>
    <message>
      <source>About Mammoview</source>
      <translation>Acerca de Mammoview</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Its model card cannot be read.</source>
      <translation>No se puede leer su ficha de modelo.</translation>
    </message>
    <message>
      <source>Licence: {}</source>
      <translation>Licencia: {}</translation>
    </message>
    <message>
      <source>MISSING OR ALTERED: it is not used</source>
      <translation>FALTA O ESTÁ ALTERADO: no se utiliza</translation>
    </message>
    <message>
      <source>Mammoview logo</source>
      <translation>Logotipo de Mammoview</translation>
    </message>
    <message>
      <source>Mammoview {version}
A mammography viewer that shows what a model sees.
{notice}</source>
      <translation>Mammoview {version}
Un programa de mamografía que muestra lo que ve un modelo.
{notice}</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Ficha del modelo</translation>
    </message>
    <message>
      <source>Reading the models…</source>
      <translation>Leyendo los modelos…</translation>
    </message>
    <message>
      <source>as pinned in the program</source>
      <translation>coincide con el fijado en el programa</translation>
    </message>
    <message>
      <source>{} (your own)</source>
      <translation>{} (propio)</translation>
    </message>
  </context>
  <context>
    <name>AssessmentQueue</name>
    <message>
      <source>Nothing was exported: {}</source>
      <translation>No se ha exportado nada: {}</translation>
    </message>
    <message>
      <source>no models</source>
      <translation>sin modelos</translation>
    </message>
    <message>
      <source>the models cannot be loaded</source>
      <translation>no se pueden cargar los modelos</translation>
    </message>
  </context>
  <context>
    <name>BreastField</name>
    <message>
      <source>0 to 6 choose the category, A to C after 4; Backspace clears it, Esc goes back to the scans</source>
      <translation>De 0 a 6 se elige la categoría, de A a C después de 4; Retroceso la quita, Esc vuelve a las imágenes</translation>
    </message>
    <message>
      <source>BI-RADS…</source>
      <translation>BI-RADS…</translation>
    </message>
    <message>
      <source>In words (optional)</source>
      <translation>En palabras (opcional)</translation>
    </message>
    <message>
      <source>{side}: BI-RADS category</source>
      <translation>{side}: categoría BI-RADS</translation>
    </message>
    <message>
      <source>{side}: free-text impression</source>
      <translation>{side}: impresión en texto libre</translation>
    </message>
  </context>
  <context>
    <name>CalibrationController</name>
    <message>
      <source>Calibrated by you: {um:.4g} µm per pixel, for {some} of the {all} scans of this study</source>
      <translation>Calibrado por usted: {um:.4g} µm por píxel, para {some} de las {all} imágenes de este estudio</translation>
    </message>
    <message>
      <source>The calibration was removed</source>
      <translation>Se ha retirado la calibración</translation>
    </message>
    <message>
      <source>This study is not calibrated by you</source>
      <translation>Usted no ha calibrado este estudio</translation>
    </message>
    <message>
      <source>To calibrate, draw a ruler over something whose length is known first</source>
      <translation>Para calibrar, trace antes una regla sobre algo de longitud conocida</translation>
    </message>
  </context>
  <context>
    <name>CommandPalette</name>
    <message>
      <source>Commands</source>
      <translation>Órdenes</translation>
    </message>
    <message>
      <source>Find a command</source>
      <translation>Buscar una orden</translation>
    </message>
  </context>
  <context>
    <name>ComparisonPanel</name>
    <message>
      <source>Active scan</source>
      <translation>Imagen activa</translation>
    </message>
    <message>
      <source>All outlines here are your own, and these do not count as truth unless you choose so.</source>
      <translation>Todos los contornos aquí son suyos, y estos no cuentan como verdad si usted no lo elige.</translation>
    </message>
    <message>
      <source>Best IoU</source>
      <translation>Mejor IoU</translation>
    </message>
    <message>
      <source>Centre to nearest mark</source>
      <translation>Del centro a la marca más cercana</translation>
    </message>
    <message>
      <source>Closed, as the layers are.</source>
      <translation>Cerrado, como las capas.</translation>
    </message>
    <message>
      <source>Comparison with the outlines</source>
      <translation>Comparación con los contornos</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Covered until the outlines are shown: press O.</source>
      <translation>Oculto hasta que se muestren los contornos: pulse O.</translation>
    </message>
    <message>
      <source>Dice</source>
      <translation>Dice</translation>
    </message>
    <message>
      <source>Drawn</source>
      <translation>Dibujados</translation>
    </message>
    <message>
      <source>Drawn by</source>
      <translation>Dibujado por</translation>
    </message>
    <message>
      <source>Extent of the comparison</source>
      <translation>Alcance de la comparación</translation>
    </message>
    <message>
      <source>False per scan</source>
      <translation>Falsas por imagen</translation>
    </message>
    <message>
      <source>From</source>
      <translation>Desde</translation>
    </message>
    <message>
      <source>Hit</source>
      <translation>Acierto</translation>
    </message>
    <message>
      <source>Hit: {}</source>
      <translation>Aciertos: {}</translation>
    </message>
    <message>
      <source>Layer</source>
      <translation>Capa</translation>
    </message>
    <message>
      <source>Layer that the outlines are set against</source>
      <translation>Capa con la que se comparan los contornos</translation>
    </message>
    <message>
      <source>Layers against the outlines</source>
      <translation>Capas frente a los contornos</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Nothing to compare yet: the scan has no outlines, or it has not been assessed.</source>
      <translation>Aún no hay nada que comparar: la imagen no tiene contornos o no se ha evaluado.</translation>
    </message>
    <message>
      <source>Outline</source>
      <translation>Contorno</translation>
    </message>
    <message>
      <source>Outlines against the layers</source>
      <translation>Contornos frente a las capas</translation>
    </message>
    <message>
      <source>Outlines hit</source>
      <translation>Contornos acertados</translation>
    </message>
    <message>
      <source>Reader</source>
      <translation>Lector</translation>
    </message>
    <message>
      <source>Save CSV…</source>
      <translation>Guardar CSV…</translation>
    </message>
    <message>
      <source>Save the comparison</source>
      <translation>Guardar la comparación</translation>
    </message>
    <message>
      <source>Scan</source>
      <translation>Imagen</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>Puntuación</translation>
    </message>
    <message>
      <source>Show the difference to</source>
      <translation>Mostrar la diferencia con</translation>
    </message>
    <message>
      <source>Study</source>
      <translation>Estudio</translation>
    </message>
    <message>
      <source>Tables (*.csv)</source>
      <translation>Tablas (*.csv)</translation>
    </message>
    <message>
      <source>The patch grid that is chosen has not been computed yet.</source>
      <translation>La cuadrícula elegida aún no se ha calculado.</translation>
    </message>
    <message>
      <source>There are no outlines in this study. Press D to draw your own.</source>
      <translation>No hay contornos en este estudio. Pulse D para dibujar los suyos.</translation>
    </message>
    <message>
      <source>Truth: others' and your own</source>
      <translation>Verdad: los de otros y los suyos</translation>
    </message>
    <message>
      <source>Truth: outlines of others</source>
      <translation>Verdad: los contornos de otros</translation>
    </message>
    <message>
      <source>Truth: your own alone</source>
      <translation>Verdad: solo los suyos</translation>
    </message>
    <message>
      <source>Whose outlines count as truth</source>
      <translation>De quién son los contornos que cuentan como verdad</translation>
    </message>
    <message>
      <source>You have drawn no outlines in this study. Press D to draw, or choose another truth.</source>
      <translation>No ha dibujado contornos en este estudio. Pulse D para dibujar, o elija otra verdad.</translation>
    </message>
    <message>
      <source>Your own outlines</source>
      <translation>Sus propios contornos</translation>
    </message>
    <message>
      <source>Your own outlines against those that count as truth</source>
      <translation>Sus propios contornos frente a los que cuentan como verdad</translation>
    </message>
    <message>
      <source>✓ hit</source>
      <translation>✓ acierto</translation>
    </message>
    <message>
      <source>✕ missed</source>
      <translation>✕ omitido</translation>
    </message>
  </context>
  <context>
    <name>ContextMenuController</name>
    <message>
      <source>Side and projection…</source>
      <translation>Lado y proyección…</translation>
    </message>
    <message>
      <source>Window/level: {}</source>
      <translation>Ventana/nivel: {}</translation>
    </message>
  </context>
  <context>
    <name>CrashOffer</name>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Impressions and worksheets are kept as they were entered. Nothing is sent anywhere.</source>
      <translation>Las impresiones y las hojas de trabajo se conservan tal como se introdujeron. No se envía nada.</translation>
    </message>
    <message>
      <source>It began on {day} at {time}.</source>
      <translation>Empezó el {day} a las {time}.</translation>
    </message>
    <message>
      <source>Open the last study</source>
      <translation>Abrir el último estudio</translation>
    </message>
    <message>
      <source>Report of the fault…</source>
      <translation>Informe del fallo…</translation>
    </message>
    <message>
      <source>The last run did not end as it should</source>
      <translation>La última ejecución no terminó como debía</translation>
    </message>
    <message>
      <source>Unsaved drawings are kept (scans with such drawings: {}). They come back when their study is opened.</source>
      <translation>Los dibujos sin guardar se conservan (imágenes con tales dibujos: {}). Vuelven al abrir su estudio.</translation>
    </message>
  </context>
  <context>
    <name>DrawingController</name>
    <message>
      <source>Enter a text first</source>
      <translation>Un texto necesita palabras</translation>
    </message>
    <message>
      <source>{name}: unsaved drawings were recovered. Ctrl+S saves them, Ctrl+Z drops them</source>
      <translation>{name}: se han recuperado dibujos sin guardar. Ctrl+S los guarda, Ctrl+Z los descarta</translation>
    </message>
  </context>
  <context>
    <name>EraserController</name>
    <message>
      <source>Click where the region is to go, in this picture or in another one</source>
      <translation>Haga clic donde debe ir la región, en esta imagen o en otra</translation>
    </message>
    <message>
      <source>The eraser shows results of the models, and the layers are closed</source>
      <translation>El borrador muestra lo que dicen los modelos, y las capas están cerradas</translation>
    </message>
    <message>
      <source>The eraser works on single pictures of the current study, not on priors or slices</source>
      <translation>El borrador trabaja con imágenes sueltas del estudio mostrado, no con estudios previos ni cortes</translation>
    </message>
    <message>
      <source>The models have not assessed this picture yet</source>
      <translation>Los modelos aún no han evaluado esta imagen</translation>
    </message>
    <message>
      <source>The models have not finished with this picture yet</source>
      <translation>Los modelos aún no han terminado con esta imagen</translation>
    </message>
  </context>
  <context>
    <name>ErrorViews</name>
    <message>
      <source>Crops</source>
      <translation>Recortes</translation>
    </message>
    <message>
      <source>Rows of the evaluation</source>
      <translation>Filas de la evaluación</translation>
    </message>
  </context>
  <context>
    <name>EvaluationBar</name>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Cancelled at {done} of {total}; what is assessed is kept</source>
      <translation>Cancelado en {done} de {total}; lo analizado se conserva</translation>
    </message>
    <message>
      <source>Evaluated. {failed} of {total} failed, {lines} notes: {first}</source>
      <translation>Evaluado. Fallaron {failed} de {total}; notas: {lines}. {first}</translation>
    </message>
    <message>
      <source>Looking for pictures</source>
      <translation>Buscando imágenes</translation>
    </message>
    <message>
      <source>Progress of the evaluation</source>
      <translation>Progreso de la evaluación</translation>
    </message>
    <message>
      <source>Resume</source>
      <translation>Reanudar</translation>
    </message>
    <message>
      <source>{done} of {total}</source>
      <translation>{done} de {total}</translation>
    </message>
    <message>
      <source>{minutes} min {seconds} s left</source>
      <translation>faltan {minutes} min {seconds} s</translation>
    </message>
  </context>
  <context>
    <name>EvaluationDialog</name>
    <message>
      <source>Address of a Dask scheduler</source>
      <translation>Dirección de un planificador de Dask</translation>
    </message>
    <message>
      <source>All</source>
      <translation>Todos</translation>
    </message>
    <message>
      <source>Browse…</source>
      <translation>Examinar…</translation>
    </message>
    <message>
      <source>Data</source>
      <translation>Datos</translation>
    </message>
    <message>
      <source>Evaluate a data set</source>
      <translation>Evaluar un conjunto de datos</translation>
    </message>
    <message>
      <source>Figures by DICOM attribute</source>
      <translation>Cifras por atributo DICOM</translation>
    </message>
    <message>
      <source>Folder for the results</source>
      <translation>Carpeta para los resultados</translation>
    </message>
    <message>
      <source>Folder of a model with model.toml</source>
      <translation>Carpeta de un modelo con model.toml</translation>
    </message>
    <message>
      <source>Folder of a reader's reports</source>
      <translation>Carpeta de los informes de un lector</translation>
    </message>
    <message>
      <source>Folder of another evaluation</source>
      <translation>Carpeta de otra evaluación</translation>
    </message>
    <message>
      <source>Folder of the data</source>
      <translation>Carpeta de los datos</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>My own</source>
      <translation>Los míos</translation>
    </message>
    <message>
      <source>None, or folders of reports; mine for your own</source>
      <translation>Ninguno, o carpetas de informes; mine para los propios</translation>
    </message>
    <message>
      <source>None, or such as KVP; 0008,1010</source>
      <translation>Ninguno, o por ejemplo KVP; 0008,1010</translation>
    </message>
    <message>
      <source>Nothing</source>
      <translation>Nada</translation>
    </message>
    <message>
      <source>Outlines that count</source>
      <translation>Contornos que cuentan</translation>
    </message>
    <message>
      <source>Processes</source>
      <translation>Procesos</translation>
    </message>
    <message>
      <source>Readers</source>
      <translation>Lectores</translation>
    </message>
    <message>
      <source>Results</source>
      <translation>Resultados</translation>
    </message>
    <message>
      <source>Set against</source>
      <translation>Comparar con</translation>
    </message>
    <message>
      <source>Start</source>
      <translation>Empezar</translation>
    </message>
    <message>
      <source>The bundled models</source>
      <translation>Los modelos incluidos</translation>
    </message>
    <message>
      <source>The model assesses every picture. What is assessed in the folder of the results already is not assessed again, so that a run that was stopped goes on. Nothing else may lie there. To compare a model of your own with the bundled ones, evaluate the data with these first, and set it against that.</source>
      <translation>El modelo evalúa todas las imágenes. Lo que ya está evaluado en la carpeta de resultados no se evalúa otra vez, de modo que una evaluación interrumpida continúa. En ella no puede haber nada más. Para comparar un modelo propio con los incluidos, evalúe primero los datos con estos y compare después el propio con esa evaluación.</translation>
    </message>
    <message>
      <source>Those of others, as data sets give them</source>
      <translation>Los de otros, como los dan los conjuntos de datos</translation>
    </message>
    <message>
      <source>or a Dask scheduler, such as tcp://host:8786</source>
      <translation>o un planificador de Dask, como tcp://host:8786</translation>
    </message>
  </context>
  <context>
    <name>ExportController</name>
    <message>
      <source>Export annotated scan</source>
      <translation>Exportar la imagen anotada</translation>
    </message>
    <message>
      <source>Export as seen</source>
      <translation>Exportar tal como se ve</translation>
    </message>
    <message>
      <source>Nothing was exported: the viewport shows another picture by now</source>
      <translation>No se exportó nada: el visor muestra ahora otra imagen</translation>
    </message>
    <message>
      <source>PNG pictures (*.png)</source>
      <translation>Imágenes PNG (*.png)</translation>
    </message>
    <message>
      <source>The viewport has no room to show anything. Make the window larger</source>
      <translation>El visor no tiene sitio para mostrar nada. Agrande la ventana</translation>
    </message>
    <message>
      <source>There is no picture to export. Open a study and choose a viewport</source>
      <translation>No hay imagen que exportar. Abra un estudio y elija un visor</translation>
    </message>
  </context>
  <context>
    <name>FalseMarkBudgetWidget</name>
    <message>
      <source>False marks per normal view</source>
      <translation>Marcas falsas por vista normal</translation>
    </message>
    <message>
      <source>The patch grid that is shown has no operating curve: its threshold stays</source>
      <translation>La cuadrícula mostrada no tiene curva de operación: su umbral no cambia</translation>
    </message>
    <message>
      <source>These models were not measured on normal views: each layer has its own threshold</source>
      <translation>Estos modelos no se midieron en vistas normales: cada capa tiene su propio umbral</translation>
    </message>
    <message>
      <source>What this finds is shown once a scan has been assessed</source>
      <translation>Lo que encuentra se muestra cuando se haya evaluado una imagen</translation>
    </message>
    <message>
      <source>finds {share:.0f} % of findings ({low:.0f} to {high:.0f}), n = {n}</source>
      <translation>encuentra el {share:.0f} % de los hallazgos ({low:.0f} a {high:.0f}), n = {n}</translation>
    </message>
    <message>
      <source>{of}: {split}.
False marks per normal view: {value:.2f} ({low:.2f} to {high:.2f}), n = {views} views.
Intervals are of 95 %.</source>
      <translation>{of}: {split}.
Marcas falsas por vista normal: {value:.2f} ({low:.2f} a {high:.2f}), n = {views} vistas.
Los intervalos son del 95 %.</translation>
    </message>
  </context>
  <context>
    <name>FaultDialog</name>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Report</source>
      <translation>Informe</translation>
    </message>
    <message>
      <source>Report of a fault</source>
      <translation>Informe de un fallo</translation>
    </message>
    <message>
      <source>Save the report</source>
      <translation>Guardar el informe</translation>
    </message>
    <message>
      <source>Save…</source>
      <translation>Guardar…</translation>
    </message>
    <message>
      <source>Texts (*.txt)</source>
      <translation>Textos (*.txt)</translation>
    </message>
    <message>
      <source>This is what a report would hold. Patients, files and folders are left out. Nothing is sent: save it and send it to those who maintain the program.</source>
      <translation>Esto es lo que contendría un informe. No incluye pacientes, archivos ni carpetas. No se envía nada: guárdelo y envíelo a quien mantenga el programa.</translation>
    </message>
    <message>
      <source>Written: {}</source>
      <translation>Escrito: {}</translation>
    </message>
  </context>
  <context>
    <name>FigureController</name>
    <message>
      <source>Cancelled. The files written so far are complete</source>
      <translation>Cancelado. Los archivos ya escritos están completos</translation>
    </message>
    <message>
      <source>Export a figure</source>
      <translation>Exportar una figura</translation>
    </message>
    <message>
      <source>Finding {} of the scan</source>
      <translation>Hallazgo {} de la imagen</translation>
    </message>
    <message>
      <source>Folder for the files</source>
      <translation>Carpeta para los archivos</translation>
    </message>
    <message>
      <source>Folder with the scans</source>
      <translation>Carpeta con las imágenes</translation>
    </message>
    <message>
      <source>Looking for scans…</source>
      <translation>Buscando imágenes…</translation>
    </message>
    <message>
      <source>No preview: {}</source>
      <translation>Sin vista previa: {}</translation>
    </message>
    <message>
      <source>Nothing was exported: the window shows another study by now</source>
      <translation>No se exportó nada: la ventana muestra ahora otro estudio</translation>
    </message>
    <message>
      <source>Outline {}</source>
      <translation>Contorno {}</translation>
    </message>
    <message>
      <source>The Frame of the paper</source>
      <translation>El recorte del artículo</translation>
    </message>
    <message>
      <source>The breast</source>
      <translation>La mama</translation>
    </message>
    <message>
      <source>The whole film</source>
      <translation>La película entera</translation>
    </message>
    <message>
      <source>There is no picture to export. Open a study and choose a viewport</source>
      <translation>No hay imagen que exportar. Abra un estudio y elija un visor</translation>
    </message>
    <message>
      <source>There is no study in the list to export</source>
      <translation>No hay en la lista ningún estudio que exportar</translation>
    </message>
    <message>
      <source>Writing…</source>
      <translation>Escribiendo…</translation>
    </message>
    <message>
      <source>Written</source>
      <translation>Escrito</translation>
    </message>
    <message>
      <source>Written: {written}, already there: {kept}, failed: {failed}</source>
      <translation>Escritos: {written}, ya existentes: {kept}, fallidos: {failed}</translation>
    </message>
    <message>
      <source>study</source>
      <translation>estudio</translation>
    </message>
    <message>
      <source>time left not known yet</source>
      <translation>aún no se sabe cuánto falta</translation>
    </message>
    <message>
      <source>{minutes} min {seconds} s left</source>
      <translation>faltan {minutes} min {seconds} s</translation>
    </message>
    <message>
      <source>{name}: {left}</source>
      <translation>{name}: {left}</translation>
    </message>
  </context>
  <context>
    <name>FigureDialog</name>
    <message>
      <source>As it suits the study</source>
      <translation>Como convenga al estudio</translation>
    </message>
    <message>
      <source>Black out what lies outside the breast</source>
      <translation>Poner en negro lo que queda fuera de la mama</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Crop</source>
      <translation>Recorte</translation>
    </message>
    <message>
      <source>Drag the preview into another program to insert it there.</source>
      <translation>Arrastre la vista previa a otro programa para llevarla allí.</translation>
    </message>
    <message>
      <source>Export a figure</source>
      <translation>Exportar una figura</translation>
    </message>
    <message>
      <source>Export a folder…</source>
      <translation>Exportar una carpeta…</translation>
    </message>
    <message>
      <source>Export studies</source>
      <translation>Exportar estudios</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>Figure</source>
      <translation>Figura</translation>
    </message>
    <message>
      <source>Format</source>
      <translation>Formato</translation>
    </message>
    <message>
      <source>Grey values</source>
      <translation>Valores de gris</translation>
    </message>
    <message>
      <source>Hanging protocol</source>
      <translation>Protocolo de visualización</translation>
    </message>
    <message>
      <source>Impression, worksheet and verdicts, as they were written</source>
      <translation>Impresión, hoja y juicios, tal como se escribieron</translation>
    </message>
    <message>
      <source>Keep as…</source>
      <translation>Guardar como…</translation>
    </message>
    <message>
      <source>Keep this choice</source>
      <translation>Guardar esta elección</translation>
    </message>
    <message>
      <source>Last choice</source>
      <translation>Última elección</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>Capas</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Name the patient (noted in the audit log)</source>
      <translation>Nombrar a la paciente (se anota en el registro de auditoría)</translation>
    </message>
    <message>
      <source>Preview</source>
      <translation>Vista previa</translation>
    </message>
    <message>
      <source>Remove</source>
      <translation>Quitar</translation>
    </message>
    <message>
      <source>Resolution in print</source>
      <translation>Resolución impresa</translation>
    </message>
    <message>
      <source>Saved choices</source>
      <translation>Elecciones guardadas</translation>
    </message>
    <message>
      <source>Save…</source>
      <translation>Guardar…</translation>
    </message>
    <message>
      <source>Studies in the list: {}.
A file is written for each of their scans or for each study, depending on the figure. What is in the folder already is kept, so that an export that was stopped goes on.</source>
      <translation>Estudios en la lista: {}.
Se escribe un archivo por cada una de sus mamografías o por cada estudio, según la figura. Lo que ya está en la carpeta se conserva, de modo que una exportación interrumpida continúa.</translation>
    </message>
  </context>
  <context>
    <name>FindingForm</name>
    <message>
      <source>Assessment</source>
      <translation>Evaluación</translation>
    </message>
    <message>
      <source>Associated</source>
      <translation>Asociados</translation>
    </message>
    <message>
      <source>Breast</source>
      <translation>Mama</translation>
    </message>
    <message>
      <source>Clock face</source>
      <translation>Hora</translation>
    </message>
    <message>
      <source>Density</source>
      <translation>Densidad</translation>
    </message>
    <message>
      <source>Depth</source>
      <translation>Profundidad</translation>
    </message>
    <message>
      <source>Distribution</source>
      <translation>Distribución</translation>
    </message>
    <message>
      <source>Extent</source>
      <translation>Extensión</translation>
    </message>
    <message>
      <source>In words (optional)</source>
      <translation>En palabras (opcional)</translation>
    </message>
    <message>
      <source>Margin</source>
      <translation>Margen</translation>
    </message>
    <message>
      <source>Morphology</source>
      <translation>Morfología</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
    <message>
      <source>Quadrant</source>
      <translation>Cuadrante</translation>
    </message>
    <message>
      <source>Ruler that gives the size</source>
      <translation>Regla que da el tamaño</translation>
    </message>
    <message>
      <source>Shape</source>
      <translation>Forma</translation>
    </message>
    <message>
      <source>Size</source>
      <translation>Tamaño</translation>
    </message>
    <message>
      <source>Type</source>
      <translation>Tipo</translation>
    </message>
    <message>
      <source>from a ruler…</source>
      <translation>de una regla…</translation>
    </message>
    <message>
      <source>no ruler drawn</source>
      <translation>sin regla trazada</translation>
    </message>
    <message>
      <source>typed</source>
      <translation>tecleado</translation>
    </message>
  </context>
  <context>
    <name>FindingsPanel</name>
    <message>
      <source>Accept or reject a finding first: a reason belongs to a verdict</source>
      <translation>Acepte o rechace antes un hallazgo: el motivo acompaña a un veredicto</translation>
    </message>
    <message>
      <source>Covered until a model layer is on, or press {}.</source>
      <translation>Oculto hasta que se active una capa del modelo, o pulse {}.</translation>
    </message>
    <message>
      <source>Findings</source>
      <translation>Hallazgos</translation>
    </message>
    <message>
      <source>Lengths in {}</source>
      <translation>Longitudes en {}</translation>
    </message>
    <message>
      <source>No study is open.</source>
      <translation>No hay ningún estudio abierto.</translation>
    </message>
    <message>
      <source>Note: {}</source>
      <translation>Nota: {}</translation>
    </message>
    <message>
      <source>Order of the findings</source>
      <translation>Orden de los hallazgos</translation>
    </message>
    <message>
      <source>The study is being opened.</source>
      <translation>Se está abriendo el estudio.</translation>
    </message>
    <message>
      <source>by agreement</source>
      <translation>por concordancia</translation>
    </message>
    <message>
      <source>by distance from the nipple</source>
      <translation>por distancia al pezón</translation>
    </message>
    <message>
      <source>by number</source>
      <translation>por número</translation>
    </message>
    <message>
      <source>by odds</source>
      <translation>por probabilidad</translation>
    </message>
    <message>
      <source>by pair</source>
      <translation>por pareja</translation>
    </message>
    <message>
      <source>by size</source>
      <translation>por tamaño</translation>
    </message>
    <message>
      <source>by verdict</source>
      <translation>por veredicto</translation>
    </message>
    <message>
      <source>by view</source>
      <translation>por proyección</translation>
    </message>
  </context>
  <context>
    <name>FirstStartNotice</name>
    <message>
      <source>Before you begin</source>
      <translation>Antes de empezar</translation>
    </message>
    <message>
      <source>I understand</source>
      <translation>Lo entiendo</translation>
    </message>
    <message>
      <source>Mammoview is for research and education only. It is not a medical device: do not use it for diagnosis.</source>
      <translation>Mammoview es solo para investigación y docencia. No es un producto sanitario: no lo utilice para el diagnóstico.</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>Salir</translation>
    </message>
    <message>
      <source>The models can be wrong, and marks mislead readers. So the layers stay closed until you have recorded your own impression of each breast; the settings offer concurrent and blind reading as well.</source>
      <translation>Los modelos pueden equivocarse y las marcas inducen a error a quien lee. Por eso las capas permanecen cerradas hasta que haya registrado su propia impresión de cada mama; la configuración ofrece también la lectura simultánea y la lectura a ciegas.</translation>
    </message>
    <message>
      <source>What is revealed, switched and exported is noted in an audit log on this computer, with the name of the user and without any patient.</source>
      <translation>Lo que se revela, se activa y se exporta queda anotado en un registro de auditoría en este equipo, con el nombre del usuario y sin ningún paciente.</translation>
    </message>
    <message>
      <source>Your display is not calibrated for mammography (DICOM GSDF) by this program.</source>
      <translation>Este programa no calibra su pantalla para mamografía (DICOM GSDF).</translation>
    </message>
  </context>
  <context>
    <name>ForgetController</name>
    <message>
      <source>Everything</source>
      <translation>Todo</translation>
    </message>
    <message>
      <source>Forget</source>
      <translation>Olvidar</translation>
    </message>
    <message>
      <source>Its entries and thumbnails go without a trace. Your pictures stay. A study comes back when its folder is scanned again.</source>
      <translation>Sus entradas y miniaturas desaparecen sin dejar rastro. Sus imágenes se conservan. Un estudio vuelve cuando se explora de nuevo su carpeta.</translation>
    </message>
    <message>
      <source>Its folder: {}</source>
      <translation>Su carpeta: {}</translation>
    </message>
    <message>
      <source>This study: {}</source>
      <translation>Este estudio: {}</translation>
    </message>
    <message>
      <source>What is the library to forget?</source>
      <translation>¿Qué debe olvidar la biblioteca?</translation>
    </message>
  </context>
  <context>
    <name>FrameSlider</name>
    <message>
      <source>Slice</source>
      <translation>Corte</translation>
    </message>
  </context>
  <context>
    <name>GridOptionsWidget</name>
    <message>
      <source>Magnification of the patch grid</source>
      <translation>Aumento de la cuadrícula de parches</translation>
    </message>
    <message>
      <source>Mean: calibration error {} ({} to {}) on films new to the models; threshold not tuned</source>
      <translation>Media: error de calibración {} (de {} a {}) en películas nuevas para los modelos; umbral sin ajustar</translation>
    </message>
    <message>
      <source>No operating curve for this grid: its threshold stays where it is</source>
      <translation>Sin curva de operación para esta cuadrícula: su umbral no cambia</translation>
    </message>
    <message>
      <source>Not computed on every scan yet</source>
      <translation>Aún no calculada en todas las imágenes</translation>
    </message>
  </context>
  <context>
    <name>HangingController</name>
    <message>
      <source>Loading {}…</source>
      <translation>Cargando {}…</translation>
    </message>
    <message>
      <source>No earlier examination of this patient is open or in the library</source>
      <translation>Ningún estudio anterior de esta paciente está abierto ni en la biblioteca</translation>
    </message>
    <message>
      <source>No prior of {name}</source>
      <translation>Sin previo de {name}</translation>
    </message>
    <message>
      <source>No prior of {}</source>
      <translation>Sin previo de {}</translation>
    </message>
    <message>
      <source>No {name} in this study</source>
      <translation>No hay {name} en este estudio</translation>
    </message>
    <message>
      <source>PRIOR</source>
      <translation>PREVIO</translation>
    </message>
    <message>
      <source>{} of {}</source>
      <translation>{} de {}</translation>
    </message>
  </context>
  <context>
    <name>HangingStageButton</name>
    <message>
      <source>Hanging stage</source>
      <translation>Etapa de visualización</translation>
    </message>
  </context>
  <context>
    <name>ImpressionPanel</name>
    <message>
      <source>Blind reading: the layers stay closed.</source>
      <translation>Lectura a ciegas: las capas permanecen cerradas.</translation>
    </message>
    <message>
      <source>Final impression</source>
      <translation>Impresión final</translation>
    </message>
    <message>
      <source>First impression</source>
      <translation>Primera impresión</translation>
    </message>
    <message>
      <source>First impression, locked</source>
      <translation>Primera impresión, bloqueada</translation>
    </message>
    <message>
      <source>Impression with the layers at hand</source>
      <translation>Impresión con las capas disponibles</translation>
    </message>
    <message>
      <source>No scan can be read.</source>
      <translation>No se puede leer ninguna imagen.</translation>
    </message>
    <message>
      <source>Reveal the layers</source>
      <translation>Revelar las capas</translation>
    </message>
    <message>
      <source>The layers open once each breast has a category.</source>
      <translation>Las capas se abren cuando cada mama tiene una categoría.</translation>
    </message>
    <message>
      <source>Waiting for all scans.</source>
      <translation>Esperando todas las imágenes.</translation>
    </message>
    <message>
      <source>none</source>
      <translation>ninguna</translation>
    </message>
    <message>
      <source>{side}: the worksheet's findings make it BI-RADS {described}, your impression says {said}</source>
      <translation>{side}: los hallazgos de la hoja dan BI-RADS {described}, su impresión dice {said}</translation>
    </message>
  </context>
  <context>
    <name>KeyboardPointer</name>
    <message>
      <source>Take a tool first, such as the ruler, and move the pointer of the keyboard</source>
      <translation>Tome primero una herramienta, como la regla, y mueva el puntero del teclado</translation>
    </message>
    <message>
      <source>There is no picture to point at. Open a study first</source>
      <translation>No hay imagen que señalar. Abra primero un estudio</translation>
    </message>
  </context>
  <context>
    <name>LayerRow</name>
    <message>
      <source>The threshold is your own. Press to have it follow the false marks per normal view again</source>
      <translation>El umbral es suyo. Púlselo para que vuelva a seguir las marcas falsas por vista normal</translation>
    </message>
    <message>
      <source>colours</source>
      <translation>colores</translation>
    </message>
    <message>
      <source>fill</source>
      <translation>relleno</translation>
    </message>
    <message>
      <source>fill the cells</source>
      <translation>rellenar celdas</translation>
    </message>
    <message>
      <source>from</source>
      <translation>desde</translation>
    </message>
    <message>
      <source>opacity</source>
      <translation>opacidad</translation>
    </message>
    <message>
      <source>own</source>
      <translation>propio</translation>
    </message>
    <message>
      <source>{layer}: colours</source>
      <translation>{layer}: colores</translation>
    </message>
    <message>
      <source>{layer}: options</source>
      <translation>{layer}: opciones</translation>
    </message>
  </context>
  <context>
    <name>LengthPrompt</name>
    <message>
      <source> mm</source>
      <translation> mm</translation>
    </message>
    <message>
      <source>Calibrate</source>
      <translation>Calibrar</translation>
    </message>
    <message>
      <source>The ruler's true length</source>
      <translation>Longitud real de la regla</translation>
    </message>
  </context>
  <context>
    <name>LibraryClient</name>
    <message>
      <source>(and {} more)</source>
      <translation>(y {} más)</translation>
    </message>
    <message>
      <source>Left out: {}</source>
      <translation>Omitido: {}</translation>
    </message>
    <message>
      <source>Missing: {}</source>
      <translation>Falta: {}</translation>
    </message>
  </context>
  <context>
    <name>Magnifier</name>
    <message>
      <source>Magnifier</source>
      <translation>Lupa</translation>
    </message>
  </context>
  <context>
    <name>MainWindow</name>
    <message>
      <source>Demonstration: concurrent reading, findings and heatmap are on</source>
      <translation>Demostración: lectura simultánea, con hallazgos y mapa de calor</translation>
    </message>
    <message>
      <source>Drop files or a folder here, or press {open}.  {help} shows all keys.</source>
      <translation>Suelte aquí archivos o una carpeta, o pulse {open}.  {help} muestra todas las teclas.</translation>
    </message>
    <message>
      <source>Findings</source>
      <translation>Hallazgos</translation>
    </message>
    <message>
      <source>Impression</source>
      <translation>Impresión</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>Capas</translation>
    </message>
    <message>
      <source>Layers and findings</source>
      <translation>Capas y hallazgos</translation>
    </message>
  </context>
  <context>
    <name>ManualSearch</name>
    <message>
      <source>Next</source>
      <translation>Siguiente</translation>
    </message>
    <message>
      <source>Not found</source>
      <translation>No encontrado</translation>
    </message>
    <message>
      <source>Previous</source>
      <translation>Anterior</translation>
    </message>
    <message>
      <source>Search all chapters</source>
      <translation>Buscar en todos los capítulos</translation>
    </message>
  </context>
  <context>
    <name>ManualWindow</name>
    <message>
      <source>Back</source>
      <translation>Atrás</translation>
    </message>
    <message>
      <source>Contents</source>
      <translation>Contenido</translation>
    </message>
    <message>
      <source>Forward</source>
      <translation>Adelante</translation>
    </message>
    <message>
      <source>Mammoview manual</source>
      <translation>Manual de Mammoview</translation>
    </message>
  </context>
  <context>
    <name>MessageBar</name>
    <message>
      <source>Dismiss (Esc)</source>
      <translation>Descartar (Esc)</translation>
    </message>
    <message>
      <source>{} more</source>
      <translation>{} más</translation>
    </message>
  </context>
  <context>
    <name>ModelChoice</name>
    <message>
      <source>bundled</source>
      <translation>incluido</translation>
    </message>
    <message>
      <source>{letter}: {name}</source>
      <translation>{letter}: {name}</translation>
    </message>
  </context>
  <context>
    <name>ModelController</name>
    <message>
      <source>A and B are the same model: choose another one, or none, as B</source>
      <translation>A y B son el mismo modelo: elija otro, o ninguno, como B</translation>
    </message>
    <message>
      <source>Folder of a model of your own</source>
      <translation>Carpeta de un modelo propio</translation>
    </message>
    <message>
      <source>There is one model. File, Model… chooses a second one to compare</source>
      <translation>Hay un solo modelo. Archivo, Modelo… elige un segundo para comparar</translation>
    </message>
    <message>
      <source>{}: this is another model than that of the rows</source>
      <translation>{}: es otro modelo que el de las filas</translation>
    </message>
  </context>
  <context>
    <name>ModelDialog</name>
    <message>
      <source>A and B are the same model: choose another one, or none, as B</source>
      <translation>A y B son el mismo modelo: elija otro, o ninguno, como B</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Checking {}…</source>
      <translation>Comprobando {}…</translation>
    </message>
    <message>
      <source>Choose the folder of a model of your own (model.toml)</source>
      <translation>Elija la carpeta de un modelo propio (model.toml)</translation>
    </message>
    <message>
      <source>Folder of a model of your own</source>
      <translation>Carpeta de un modelo propio</translation>
    </message>
    <message>
      <source>Folder of {}</source>
      <translation>Carpeta de {}</translation>
    </message>
    <message>
      <source>Folder…</source>
      <translation>Carpeta…</translation>
    </message>
    <message>
      <source>Its model card cannot be read.</source>
      <translation>Su ficha de modelo no se puede leer.</translation>
    </message>
    <message>
      <source>Model</source>
      <translation>Modelo</translation>
    </message>
    <message>
      <source>Model A</source>
      <translation>Modelo A</translation>
    </message>
    <message>
      <source>Model B, to compare</source>
      <translation>Modelo B, para comparar</translation>
    </message>
    <message>
      <source>Model card</source>
      <translation>Ficha del modelo</translation>
    </message>
    <message>
      <source>None</source>
      <translation>Ninguno</translation>
    </message>
    <message>
      <source>OK</source>
      <translation>Aceptar</translation>
    </message>
    <message>
      <source>The bundled models</source>
      <translation>Los modelos incluidos</translation>
    </message>
    <message>
      <source>This model cannot be used:</source>
      <translation>Este modelo no se puede usar:</translation>
    </message>
  </context>
  <context>
    <name>ModelLine</name>
    <message>
      <source>Show {}</source>
      <translation>Mostrar {}</translation>
    </message>
    <message>
      <source>Show {}: choose its folder…</source>
      <translation>Mostrar {}: elegir su carpeta…</translation>
    </message>
    <message>
      <source>These rows are of {rows}; the window shows the layers and marks of {shown}</source>
      <translation>Estas filas son de {rows}; la ventana muestra las capas y marcas de {shown}</translation>
    </message>
    <message>
      <source>another version of the bundled models</source>
      <translation>otra versión de los modelos incluidos</translation>
    </message>
    <message>
      <source>the bundled models</source>
      <translation>los modelos incluidos</translation>
    </message>
  </context>
  <context>
    <name>Notifier</name>
    <message>
      <source>Written: {}</source>
      <translation>Escrito: {}</translation>
    </message>
  </context>
  <context>
    <name>OpenController</name>
    <message>
      <source>Open files</source>
      <translation>Abrir archivos</translation>
    </message>
    <message>
      <source>Open folder</source>
      <translation>Abrir carpeta</translation>
    </message>
  </context>
  <context>
    <name>OutlineDialog</name>
    <message>
      <source>About this outline</source>
      <translation>Sobre este contorno</translation>
    </message>
    <message>
      <source>BI-RADS assessment</source>
      <translation>Valoración BI-RADS</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>Clase</translation>
    </message>
    <message>
      <source>Lesion type</source>
      <translation>Tipo de lesión</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
    <message>
      <source>Pathology</source>
      <translation>Anatomía patológica</translation>
    </message>
    <message>
      <source>Subtlety, 1 subtle to 5 obvious</source>
      <translation>Sutileza, de 1 (sutil) a 5 (evidente)</translation>
    </message>
  </context>
  <context>
    <name>OutlineSaveController</name>
    <message>
      <source>A DDSM overlay does not name who drew an outline, hence separate files.</source>
      <translation>Un archivo OVERLAY de DDSM no puede indicar quién dibujó un contorno, así que se escriben en archivos separados.</translation>
    </message>
    <message>
      <source>Another window or somebody else has saved drawings since.</source>
      <translation>Otra ventana u otra persona ha guardado dibujos desde entonces.</translation>
    </message>
    <message>
      <source>Choose a place…</source>
      <translation>Elegir un lugar…</translation>
    </message>
    <message>
      <source>Choose an outline or annotation of your own first: press E and click it</source>
      <translation>Elija antes un contorno o una anotación propios: pulse E y haga clic en él</translation>
    </message>
    <message>
      <source>DDSM overlays (*.OVERLAY)</source>
      <translation>Superposiciones DDSM (*.OVERLAY)</translation>
    </message>
    <message>
      <source>Keep both</source>
      <translation>Conservar ambos</translation>
    </message>
    <message>
      <source>Keep them in my own folder</source>
      <translation>Conservarlos en mi propia carpeta</translation>
    </message>
    <message>
      <source>My own</source>
      <translation>Los míos</translation>
    </message>
    <message>
      <source>Replace them by mine</source>
      <translation>Sustituirlos por los míos</translation>
    </message>
    <message>
      <source>Save outlines</source>
      <translation>Guardar contornos</translation>
    </message>
    <message>
      <source>Some outlines of this scan are your own, some are not. Which are to be written?</source>
      <translation>Algunos contornos de esta imagen son suyos y otros no. ¿Cuáles se deben escribir?</translation>
    </message>
    <message>
      <source>The active scan has no outlines</source>
      <translation>La imagen activa no tiene contornos</translation>
    </message>
    <message>
      <source>The outlines of {} cannot be saved beside its picture.</source>
      <translation>Los contornos de {} no pueden guardarse junto a su imagen.</translation>
    </message>
    <message>
      <source>The saved drawings of {} are not those that were opened here.</source>
      <translation>Los dibujos guardados de {} no son los que se abrieron aquí.</translation>
    </message>
    <message>
      <source>Their file cannot be read any more.</source>
      <translation>Su archivo ya no se puede leer.</translation>
    </message>
    <message>
      <source>There are no changed outlines or annotations to save</source>
      <translation>No hay contornos ni anotaciones modificados que guardar</translation>
    </message>
    <message>
      <source>Those of others</source>
      <translation>Los de otros</translation>
    </message>
    <message>
      <source>Write the outlines as DDSM overlay</source>
      <translation>Escribir los contornos como superposición DDSM</translation>
    </message>
  </context>
  <context>
    <name>PendingExports</name>
    <message>
      <source>the models had not finished</source>
      <translation>los modelos no habían terminado</translation>
    </message>
    <message>
      <source>the picture or its results have changed meanwhile</source>
      <translation>la imagen o sus resultados han cambiado mientras tanto</translation>
    </message>
  </context>
  <context>
    <name>PriorController</name>
    <message>
      <source>No earlier examination of this patient is open or in the library</source>
      <translation>Ningún estudio anterior de esta paciente está abierto ni en la biblioteca</translation>
    </message>
    <message>
      <source>The prior of {} is in the library, but its files are not there</source>
      <translation>El estudio previo de {} está en la biblioteca, pero sus archivos no están disponibles</translation>
    </message>
    <message>
      <source>There is no newer prior</source>
      <translation>No hay un estudio previo más reciente</translation>
    </message>
    <message>
      <source>There is no older prior</source>
      <translation>No hay un estudio previo más antiguo</translation>
    </message>
  </context>
  <context>
    <name>QFileDialog</name>
    <message>
      <source>&amp;Look in:</source>
      <translation>&amp;Ver en:</translation>
    </message>
    <message>
      <source>Files of &amp;type:</source>
      <translation>Ficheros de &amp;tipo:</translation>
    </message>
  </context>
  <context>
    <name>ReaderController</name>
    <message>
      <source>Closed until you reveal the layers.</source>
      <translation>Cerrado hasta que revele las capas.</translation>
    </message>
    <message>
      <source>Closed: blind reading.</source>
      <translation>Cerrado: lectura a ciegas.</translation>
    </message>
    <message>
      <source>Export reader report</source>
      <translation>Exportar el informe de lectura</translation>
    </message>
    <message>
      <source>Reader reports (*.json)</source>
      <translation>Informes de lectura (*.json)</translation>
    </message>
    <message>
      <source>There is no reader report to export. Open a study first</source>
      <translation>No hay ningún informe de lectura que exportar. Abra antes un estudio</translation>
    </message>
  </context>
  <context>
    <name>ScreenCalibrationDialog</name>
    <message>
      <source> px</source>
      <translation> px</translation>
    </message>
    <message>
      <source>Bank card, {mm} mm wide</source>
      <translation>Tarjeta bancaria, {mm} mm de ancho</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>It fits</source>
      <translation>Coincide</translation>
    </message>
    <message>
      <source>Laid against</source>
      <translation>Comparado con</translation>
    </message>
    <message>
      <source>Lay a bank card or a ruler flat on the screen and make the outline exactly as wide.</source>
      <translation>Apoye una tarjeta bancaria o una regla sobre la pantalla y dé al contorno exactamente su anchura.</translation>
    </message>
    <message>
      <source>Measure the screen for true size</source>
      <translation>Medir la pantalla para el tamaño real</translation>
    </message>
    <message>
      <source>Move the outline first: its width is a guess until you have.</source>
      <translation>Mueva primero el contorno: hasta entonces su anchura es una suposición.</translation>
    </message>
    <message>
      <source>Ruler, {mm} mm</source>
      <translation>Regla, {mm} mm</translation>
    </message>
    <message>
      <source>Screen pixels</source>
      <translation>Píxeles de pantalla</translation>
    </message>
    <message>
      <source>Width (arrow keys: one pixel)</source>
      <translation>Anchura (flechas: un píxel)</translation>
    </message>
    <message>
      <source>{mm} mm per screen pixel; one pixel of width more or less changes true size by {percent} %.</source>
      <translation>{mm} mm por píxel de pantalla; un píxel más o menos de anchura cambia el tamaño real en un {percent} %.</translation>
    </message>
    <message>
      <source>{screen} does not report its size.</source>
      <translation>{screen} no dice cuánto mide.</translation>
    </message>
    <message>
      <source>{screen} reports a size of {width} × {height} mm, which would be {mm} mm per pixel. Reported sizes are often wrong: only your measurement is used.</source>
      <translation>{screen} dice medir {width} × {height} mm, lo que serían {mm} mm por píxel. Las pantallas se equivocan a menudo sobre sí mismas: solo cuenta su medida.</translation>
    </message>
  </context>
  <context>
    <name>ScreenChangeController</name>
    <message>
      <source>The screens have changed: the window has been moved to where it is seen</source>
      <translation>Las pantallas han cambiado: la ventana se ha movido adonde se ve</translation>
    </message>
  </context>
  <context>
    <name>SecondReaderController</name>
    <message>
      <source>Blind reading: the layers stay closed. The settings change the mode</source>
      <translation>Lectura a ciegas: las capas permanecen cerradas. El modo se cambia en la configuración</translation>
    </message>
    <message>
      <source>Give each breast a category first; then the layers open</source>
      <translation>Asigne antes una categoría a cada mama; después se abren las capas</translation>
    </message>
    <message>
      <source>The layers are open already</source>
      <translation>Las capas ya están abiertas</translation>
    </message>
    <message>
      <source>The layers are open: the row has shown what is here, so that no impression is unaided</source>
      <translation>Las capas están abiertas: la fila ya ha mostrado lo que hay aquí, así que ninguna impresión es sin ayuda</translation>
    </message>
    <message>
      <source>The layers open after your first impression, once all scans are loaded</source>
      <translation>Las capas se abren tras su primera impresión, cuando se hayan cargado todas las imágenes</translation>
    </message>
    <message>
      <source>The layers open after your first impression: give each breast a category, then reveal</source>
      <translation>Las capas se abren tras su primera impresión: asigne una categoría a cada mama y luego revele</translation>
    </message>
  </context>
  <context>
    <name>SecondScreenController</name>
    <message>
      <source>There is one screen only</source>
      <translation>Solo hay una pantalla</translation>
    </message>
  </context>
  <context>
    <name>SensitivityOptionsWidget</name>
    <message>
      <source>Computing gradients</source>
      <translation>Calculando gradientes</translation>
    </message>
    <message>
      <source>Least probability of a patch</source>
      <translation>Probabilidad mínima de un parche</translation>
    </message>
    <message>
      <source>Least value of the heatmap</source>
      <translation>Valor mínimo del mapa de calor</translation>
    </message>
    <message>
      <source>Weighting of the sensitivity</source>
      <translation>Ponderación de la sensibilidad</translation>
    </message>
    <message>
      <source>as evidence, by patch</source>
      <translation>como indicios, por parche</translation>
    </message>
    <message>
      <source>as evidence, times the score of the mark there</source>
      <translation>como indicios, por la puntuación de la marca del lugar</translation>
    </message>
    <message>
      <source>inside</source>
      <translation>dentro</translation>
    </message>
    <message>
      <source>of its own label</source>
      <translation>de su propia etiqueta</translation>
    </message>
    <message>
      <source>of the entropy, as in the paper</source>
      <translation>de la entropía, como en el artículo</translation>
    </message>
    <message>
      <source>of the logit</source>
      <translation>del logit</translation>
    </message>
    <message>
      <source>patch</source>
      <translation>parche</translation>
    </message>
  </context>
  <context>
    <name>Session</name>
    <message>
      <source>Assessing {name}</source>
      <translation>Evaluando {name}</translation>
    </message>
    <message>
      <source>Loading scans</source>
      <translation>Cargando imágenes</translation>
    </message>
    <message>
      <source>Loading the models</source>
      <translation>Cargando los modelos</translation>
    </message>
    <message>
      <source>Loading was cancelled. Open the study again to load it</source>
      <translation>Se canceló la carga. Abra de nuevo el estudio para cargarlo</translation>
    </message>
    <message>
      <source>Opening</source>
      <translation>Abriendo</translation>
    </message>
    <message>
      <source>no breast was found in the picture</source>
      <translation>no se encontró ninguna mama en la imagen</translation>
    </message>
    <message>
      <source>the file cannot be read</source>
      <translation>no se puede leer el archivo</translation>
    </message>
  </context>
  <context>
    <name>SettingsDialog</name>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>Teclas</translation>
    </message>
    <message>
      <source>OK</source>
      <translation>Aceptar</translation>
    </message>
    <message>
      <source>Restore defaults</source>
      <translation>Valores predeterminados</translation>
    </message>
    <message>
      <source>Settings</source>
      <translation>Configuración</translation>
    </message>
    <message>
      <source>{field}: {what}</source>
      <translation>{field}: {what}</translation>
    </message>
  </context>
  <context>
    <name>ShortcutsPage</name>
    <message>
      <source>Command</source>
      <translation>Orden</translation>
    </message>
    <message>
      <source>Commands and their keys</source>
      <translation>Órdenes y sus teclas</translation>
    </message>
    <message>
      <source>Key of the chosen command</source>
      <translation>Tecla de la orden elegida</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>Teclas</translation>
    </message>
    <message>
      <source>Menu</source>
      <translation>Menú</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>Restablecer</translation>
    </message>
    <message>
      <source>Reset all</source>
      <translation>Restablecer todas</translation>
    </message>
    <message>
      <source>Search commands and keys</source>
      <translation>Buscar órdenes y teclas</translation>
    </message>
    <message>
      <source>Set key</source>
      <translation>Asignar tecla</translation>
    </message>
    <message>
      <source>{keys}  (changed)</source>
      <translation>{keys}  (cambiada)</translation>
    </message>
    <message>
      <source>{key} belongs to “{command}”: give that another key first</source>
      <translation>{key} pertenece a «{command}»: asigne antes otra tecla a esa orden</translation>
    </message>
  </context>
  <context>
    <name>StartPage</name>
    <message>
      <source>Recent studies</source>
      <translation>Estudios recientes</translation>
    </message>
  </context>
  <context>
    <name>StatusBar</name>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Models on {}</source>
      <translation>Modelos en {}</translation>
    </message>
    <message>
      <source>This program does not calibrate the display (DICOM GSDF): greys may differ from a reading room's</source>
      <translation>Este programa no calibra la pantalla (DICOM GSDF): los grises pueden diferir de los de una sala de lectura</translation>
    </message>
    <message>
      <source>Uncalibrated display</source>
      <translation>Pantalla sin calibrar</translation>
    </message>
    <message>
      <source>Viewports not linked</source>
      <translation>Visores no vinculados</translation>
    </message>
    <message>
      <source>{model} on {device}</source>
      <translation>{model} en {device}</translation>
    </message>
  </context>
  <context>
    <name>StudyPanel</name>
    <message>
      <source>Add a folder to the library</source>
      <translation>Añadir una carpeta a la biblioteca</translation>
    </message>
    <message>
      <source>Add folder…</source>
      <translation>Añadir carpeta…</translation>
    </message>
    <message>
      <source>Cancel</source>
      <translation>Cancelar</translation>
    </message>
    <message>
      <source>Export figures, data or DICOM objects of all studies in the list</source>
      <translation>Exportar figuras, datos u objetos DICOM de todos los estudios de la lista</translation>
    </message>
    <message>
      <source>Export…</source>
      <translation>Exportar…</translation>
    </message>
    <message>
      <source>Forget…</source>
      <translation>Olvidar…</translation>
    </message>
    <message>
      <source>Library</source>
      <translation>Biblioteca</translation>
    </message>
    <message>
      <source>No study is open</source>
      <translation>Ningún estudio abierto</translation>
    </message>
    <message>
      <source>No study matches this search</source>
      <translation>Ningún estudio contiene estas palabras</translation>
    </message>
    <message>
      <source>Nothing has been opened yet</source>
      <translation>Todavía no se ha abierto nada</translation>
    </message>
    <message>
      <source>Open</source>
      <translation>Abiertos</translation>
    </message>
    <message>
      <source>Recent</source>
      <translation>Recientes</translation>
    </message>
    <message>
      <source>Scan again</source>
      <translation>Explorar de nuevo</translation>
    </message>
    <message>
      <source>Scanning {}</source>
      <translation>Explorando {}</translation>
    </message>
    <message>
      <source>Search name, ID, date, text</source>
      <translation>Buscar nombre, ID, fecha, texto</translation>
    </message>
    <message>
      <source>Search studies</source>
      <translation>Buscar estudios</translation>
    </message>
    <message>
      <source>Studies</source>
      <translation>Estudios</translation>
    </message>
    <message>
      <source>Studies: {}</source>
      <translation>Estudios: {}</translation>
    </message>
    <message>
      <source>The library is empty: add a folder</source>
      <translation>La biblioteca está vacía: añada una carpeta</translation>
    </message>
    <message>
      <source>Which studies are listed</source>
      <translation>Qué estudios se muestran</translation>
    </message>
    <message>
      <source>{}: the files of this study are not there. Connect the medium, or forget the study</source>
      <translation>{}: los archivos de este estudio no están disponibles. Conecte el soporte u olvide el estudio</translation>
    </message>
  </context>
  <context>
    <name>TagBrowser</name>
    <message>
      <source>Copies the selected rows, or all that are listed (Ctrl+C)</source>
      <translation>Copia las filas seleccionadas, o todas las que se muestran (Ctrl+C)</translation>
    </message>
    <message>
      <source>Copy</source>
      <translation>Copiar</translation>
    </message>
    <message>
      <source>Name</source>
      <translation>Nombre</translation>
    </message>
    <message>
      <source>Reading</source>
      <translation>Leyendo</translation>
    </message>
    <message>
      <source>Search tags, names and values</source>
      <translation>Buscar etiquetas, nombres y valores</translation>
    </message>
    <message>
      <source>Tag</source>
      <translation>Etiqueta</translation>
    </message>
    <message>
      <source>Tags of the scan</source>
      <translation>Etiquetas de la imagen</translation>
    </message>
    <message>
      <source>Tags of {}</source>
      <translation>Etiquetas de {}</translation>
    </message>
    <message>
      <source>VR</source>
      <translation>VR</translation>
    </message>
    <message>
      <source>Value</source>
      <translation>Valor</translation>
    </message>
    <message>
      <source>{held} of {all} attributes for a mammography display ({source})</source>
      <translation>{held} de {all} atributos para mostrar una mamografía ({source})</translation>
    </message>
    <message>
      <source>{shown} of {all}</source>
      <translation>{shown} de {all}</translation>
    </message>
    <message>
      <source>{}: complete</source>
      <translation>{}: completo</translation>
    </message>
    <message>
      <source>{}; missing: {}</source>
      <translation>{}; faltan: {}</translation>
    </message>
  </context>
  <context>
    <name>TextPrompt</name>
    <message>
      <source>Text of the annotation</source>
      <translation>Texto de la anotación</translation>
    </message>
    <message>
      <source>Text, then Return</source>
      <translation>Texto y después Intro</translation>
    </message>
  </context>
  <context>
    <name>ToolRail</name>
    <message>
      <source>Tools</source>
      <translation>Herramientas</translation>
    </message>
  </context>
  <context>
    <name>TopBar</name>
    <message>
      <source>Study and hanging protocol</source>
      <translation>Estudio y protocolo de visualización</translation>
    </message>
    <message>
      <source>{next}: next stage, {previous}: previous stage</source>
      <translation>{next}: etapa siguiente, {previous}: etapa anterior</translation>
    </message>
  </context>
  <context>
    <name>TrueSizeController</name>
    <message>
      <source>No true size of {scans}: the spacing of the pixels is unknown</source>
      <translation>Sin tamaño real de {scans}: no se conoce el espaciado de los píxeles</translation>
    </message>
    <message>
      <source>No true size: the spacing of the pixels is unknown. A ruler over a known length gives it</source>
      <translation>Sin tamaño real: no se conoce el espaciado de los píxeles. Una regla sobre una longitud conocida lo da</translation>
    </message>
    <message>
      <source>True size needs a study. Open one first</source>
      <translation>El tamaño real necesita un estudio. Abra uno primero</translation>
    </message>
  </context>
  <context>
    <name>VerdictController</name>
    <message>
      <source>Choose a finding first: step to it with the next-finding key, or click it</source>
      <translation>Elija antes un hallazgo: vaya a él con la tecla de hallazgo siguiente o haga clic en él</translation>
    </message>
    <message>
      <source>Verdicts can be recorded once all scans of the study are loaded</source>
      <translation>Los veredictos se pueden registrar cuando se hayan cargado todas las imágenes del estudio</translation>
    </message>
  </context>
  <context>
    <name>VerdictRow</name>
    <message>
      <source>Note (optional)</source>
      <translation>Nota (opcional)</translation>
    </message>
    <message>
      <source>Note on the verdict</source>
      <translation>Nota sobre el veredicto</translation>
    </message>
    <message>
      <source>Reason for the verdict</source>
      <translation>Motivo del veredicto</translation>
    </message>
    <message>
      <source>accepted</source>
      <translation>aceptado</translation>
    </message>
    <message>
      <source>rejected</source>
      <translation>rechazado</translation>
    </message>
    <message>
      <source>{action} ({key})</source>
      <translation>{action} ({key})</translation>
    </message>
    <message>
      <source>{verdict}: {reason}</source>
      <translation>{verdict}: {reason}</translation>
    </message>
    <message>
      <source>✓ Accept</source>
      <translation>✓ Aceptar</translation>
    </message>
    <message>
      <source>✕ Reject</source>
      <translation>✕ Rechazar</translation>
    </message>
  </context>
  <context>
    <name>ViewPrompt</name>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Left</source>
      <translation>Izquierda</translation>
    </message>
    <message>
      <source>Projection</source>
      <translation>Proyección</translation>
    </message>
    <message>
      <source>Projection unknown</source>
      <translation>Proyección desconocida</translation>
    </message>
    <message>
      <source>Right</source>
      <translation>Derecha</translation>
    </message>
    <message>
      <source>Set</source>
      <translation>Fijar</translation>
    </message>
    <message>
      <source>Side</source>
      <translation>Lado</translation>
    </message>
    <message>
      <source>Side and projection of {}</source>
      <translation>Lado y proyección de {}</translation>
    </message>
    <message>
      <source>Side unknown</source>
      <translation>Lado desconocido</translation>
    </message>
  </context>
  <context>
    <name>Viewport</name>
    <message>
      <source>PRIOR</source>
      <translation>PREVIO</translation>
    </message>
  </context>
  <context>
    <name>ViewportCopyController</name>
    <message>
      <source>It is not known what lies outside the breast, where a name may be written. Copy the viewport</source>
      <translation>No se sabe qué hay fuera de la mama, donde puede haber un nombre escrito. Copie el visor</translation>
    </message>
    <message>
      <source>The viewport has no room to show anything. Make the window larger</source>
      <translation>El visor no tiene sitio para mostrar nada. Agrande la ventana</translation>
    </message>
    <message>
      <source>The viewport is on the clipboard, without the patient</source>
      <translation>El visor está en el portapapeles, sin la paciente</translation>
    </message>
    <message>
      <source>There is no picture to copy. Open a study and choose a viewport</source>
      <translation>No hay imagen que copiar. Abra un estudio y elija un visor</translation>
    </message>
  </context>
  <context>
    <name>ViewportGrid</name>
    <message>
      <source>Scans</source>
      <translation>Imágenes</translation>
    </message>
  </context>
  <context>
    <name>VoiController</name>
    <message>
      <source>No true size, as the presentation state specifies: the viewport must lie on a measured screen</source>
      <translation>Sin el tamaño real que pide el estado de presentación: el visor debe estar en una pantalla medida</translation>
    </message>
  </context>
  <context>
    <name>WorkbenchWindow</name>
    <message>
      <source>All rows</source>
      <translation>Todas las filas</translation>
    </message>
    <message>
      <source>Clusters of bright spots</source>
      <translation>Agrupaciones de puntos brillantes</translation>
    </message>
    <message>
      <source>Empty folder for the training set</source>
      <translation>Carpeta vacía para el conjunto de entrenamiento</translation>
    </message>
    <message>
      <source>Errors</source>
      <translation>Errores</translation>
    </message>
    <message>
      <source>Evaluate a data set…</source>
      <translation>Evaluar un conjunto de datos…</translation>
    </message>
    <message>
      <source>Export the selection</source>
      <translation>Exportar la selección</translation>
    </message>
    <message>
      <source>False marks</source>
      <translation>Marcas falsas</translation>
    </message>
    <message>
      <source>False marks of the reader</source>
      <translation>Marcas falsas del lector</translation>
    </message>
    <message>
      <source>Figure…</source>
      <translation>Figura…</translation>
    </message>
    <message>
      <source>Folder of an evaluation</source>
      <translation>Carpeta de una evaluación</translation>
    </message>
    <message>
      <source>Folds disagree</source>
      <translation>Las particiones discrepan</translation>
    </message>
    <message>
      <source>Found lesions and their marks</source>
      <translation>Lesiones halladas y sus marcas</translation>
    </message>
    <message>
      <source>List…</source>
      <translation>Lista…</translation>
    </message>
    <message>
      <source>Missed lesions</source>
      <translation>Lesiones no halladas</translation>
    </message>
    <message>
      <source>Near misses</source>
      <translation>Marcas cercanas</translation>
    </message>
    <message>
      <source>Note on the selected rows</source>
      <translation>Nota sobre las filas elegidas</translation>
    </message>
    <message>
      <source>Open an evaluation…</source>
      <translation>Abrir una evaluación…</translation>
    </message>
    <message>
      <source>Pictures and documents (*.png *.pdf *.svg)</source>
      <translation>Imágenes y documentos (*.png *.pdf *.svg)</translation>
    </message>
    <message>
      <source>Reader and model disagree</source>
      <translation>Lector y modelo difieren</translation>
    </message>
    <message>
      <source>Reader missed</source>
      <translation>No vistos por el lector</translation>
    </message>
    <message>
      <source>Reading</source>
      <translation>Leyendo</translation>
    </message>
    <message>
      <source>Scales disagree</source>
      <translation>Las escalas discrepan</translation>
    </message>
    <message>
      <source>Show</source>
      <translation>Mostrar</translation>
    </message>
    <message>
      <source>Tables (*.csv)</source>
      <translation>Tablas (*.csv)</translation>
    </message>
    <message>
      <source>Training set…</source>
      <translation>Conjunto de entrenamiento…</translation>
    </message>
    <message>
      <source>Two models disagree</source>
      <translation>Dos modelos discrepan</translation>
    </message>
    <message>
      <source>Verdict on the selected rows</source>
      <translation>Veredicto sobre las filas elegidas</translation>
    </message>
    <message>
      <source>Views disagree</source>
      <translation>Las proyecciones discrepan</translation>
    </message>
    <message>
      <source>Which rows are listed</source>
      <translation>Qué filas se muestran</translation>
    </message>
    <message>
      <source>Words</source>
      <translation>Palabras</translation>
    </message>
    <message>
      <source>Workbench</source>
      <translation>Banco de trabajo</translation>
    </message>
    <message>
      <source>Workbench: {}</source>
      <translation>Banco de trabajo: {}</translation>
    </message>
    <message>
      <source>Written: {}</source>
      <translation>Escrito: {}</translation>
    </message>
    <message>
      <source>{pictures} pictures with their outlines; {left_out} left out: other formats, or no spacing</source>
      <translation>{pictures} imágenes con sus contornos; {left_out} omitidas: otros formatos o sin espaciado</translation>
    </message>
    <message>
      <source>{shown} of {total}</source>
      <translation>{shown} de {total}</translation>
    </message>
  </context>
  <context>
    <name>WorksheetController</name>
    <message>
      <source>Export BI-RADS worksheet</source>
      <translation>Exportar la hoja BI-RADS</translation>
    </message>
    <message>
      <source>Read-only until each breast has a category in your first impression.</source>
      <translation>Solo lectura hasta que cada mama tenga categoría en su primera impresión.</translation>
    </message>
    <message>
      <source>Texts (*.txt);;JSON (*.json)</source>
      <translation>Textos (*.txt);;JSON (*.json)</translation>
    </message>
    <message>
      <source>The worksheet opens once all scans of a study are loaded.</source>
      <translation>La hoja se abre cuando todas las mamografías de un estudio están cargadas.</translation>
    </message>
    <message>
      <source>There is no worksheet to export. Open a study first</source>
      <translation>No hay hoja que exportar. Abra primero un estudio</translation>
    </message>
  </context>
  <context>
    <name>WorksheetDialog</name>
    <message>
      <source>&amp;Add a finding</source>
      <translation>&amp;Añadir un hallazgo</translation>
    </message>
    <message>
      <source>&amp;Bring back</source>
      <translation>&amp;Recuperar</translation>
    </message>
    <message>
      <source>&amp;Export…</source>
      <translation>&amp;Exportar…</translation>
    </message>
    <message>
      <source>&amp;Remove</source>
      <translation>&amp;Quitar</translation>
    </message>
    <message>
      <source>BI-RADS worksheet</source>
      <translation>Hoja BI-RADS</translation>
    </message>
    <message>
      <source>Breast composition</source>
      <translation>Composición mamaria</translation>
    </message>
    <message>
      <source>Close</source>
      <translation>Cerrar</translation>
    </message>
    <message>
      <source>Findings of the worksheet</source>
      <translation>Hallazgos de la hoja</translation>
    </message>
    <message>
      <source>The exported file names the patient only if this is ticked</source>
      <translation>El archivo exportado solo nombra a la paciente si esto está marcado</translation>
    </message>
    <message>
      <source>With patient and date</source>
      <translation>Con paciente y fecha</translation>
    </message>
  </context>
  <context>
    <name>breasts</name>
    <message>
      <source>Left</source>
      <translation>Izquierda</translation>
    </message>
    <message>
      <source>Right</source>
      <translation>Derecha</translation>
    </message>
    <message>
      <source>Side unknown</source>
      <translation>Lado desconocido</translation>
    </message>
  </context>
  <context>
    <name>categories</name>
    <message>
      <source>0  Incomplete</source>
      <translation>0  Incompleta</translation>
    </message>
    <message>
      <source>1  Negative</source>
      <translation>1  Negativa</translation>
    </message>
    <message>
      <source>2  Benign</source>
      <translation>2  Benigna</translation>
    </message>
    <message>
      <source>3  Probably benign</source>
      <translation>3  Probablemente benigna</translation>
    </message>
    <message>
      <source>4  Suspicious</source>
      <translation>4  Sospechosa</translation>
    </message>
    <message>
      <source>4A  Low suspicion</source>
      <translation>4A  Sospecha baja</translation>
    </message>
    <message>
      <source>4B  Moderate suspicion</source>
      <translation>4B  Sospecha moderada</translation>
    </message>
    <message>
      <source>4C  High suspicion</source>
      <translation>4C  Sospecha alta</translation>
    </message>
    <message>
      <source>5  Highly suggestive of malignancy</source>
      <translation>5  Altamente sugestiva de malignidad</translation>
    </message>
    <message>
      <source>6  Known malignancy</source>
      <translation>6  Malignidad conocida</translation>
    </message>
  </context>
  <context>
    <name>close question</name>
    <message>
      <source>An export waits for the models.</source>
      <translation>Una exportación espera a los modelos.</translation>
    </message>
    <message>
      <source>Close without it</source>
      <translation>Cerrar sin ella</translation>
    </message>
    <message>
      <source>Export not written yet</source>
      <translation>Exportación aún no escrita</translation>
    </message>
    <message>
      <source>It is not written if the window is closed now.</source>
      <translation>No se escribirá si la ventana se cierra ahora.</translation>
    </message>
  </context>
  <context>
    <name>commands</name>
    <message>
      <source>0 to 6, then A, B, C</source>
      <translation>De 0 a 6, luego A, B, C</translation>
    </message>
    <message>
      <source>About Mammoview</source>
      <translation>Acerca de Mammoview</translation>
    </message>
    <message>
      <source>About the chosen drawing…</source>
      <translation>Sobre el dibujo elegido…</translation>
    </message>
    <message>
      <source>Accept the finding, and back</source>
      <translation>Aceptar el hallazgo, y deshacer</translation>
    </message>
    <message>
      <source>Add a folder to the library…</source>
      <translation>Añadir una carpeta a la biblioteca…</translation>
    </message>
    <message>
      <source>All layers off, and on again</source>
      <translation>Todas las capas fuera, y de nuevo</translation>
    </message>
    <message>
      <source>All overlay text of the scan</source>
      <translation>Todo el texto superpuesto de la imagen</translation>
    </message>
    <message>
      <source>Alternate models A and B</source>
      <translation>Alternar los modelos A y B</translation>
    </message>
    <message>
      <source>Alternate the last two layers</source>
      <translation>Alternar las dos últimas capas</translation>
    </message>
    <message>
      <source>Analysed area</source>
      <translation>Área vista</translation>
    </message>
    <message>
      <source>Angle</source>
      <translation>Ángulo</translation>
    </message>
    <message>
      <source>Arrow</source>
      <translation>Flecha</translation>
    </message>
    <message>
      <source>Assess this study</source>
      <translation>Evaluar este estudio</translation>
    </message>
    <message>
      <source>BI-RADS category, 4 refined</source>
      <translation>Categoría BI-RADS, la 4 precisada</translation>
    </message>
    <message>
      <source>BI-RADS worksheet</source>
      <translation>Hoja BI-RADS</translation>
    </message>
    <message>
      <source>Back to the scans</source>
      <translation>Volver a las imágenes</translation>
    </message>
    <message>
      <source>Backspace</source>
      <translation>Retroceso</translation>
    </message>
    <message>
      <source>Bare image (hold)</source>
      <translation>Imagen sin capas (mantener)</translation>
    </message>
    <message>
      <source>CAD report</source>
      <translation>Informe CAD</translation>
    </message>
    <message>
      <source>Calibrate with the ruler…</source>
      <translation>Calibrar con la regla…</translation>
    </message>
    <message>
      <source>Cancel what is running</source>
      <translation>Cancelar lo que está en curso</translation>
    </message>
    <message>
      <source>Close the study</source>
      <translation>Cerrar el estudio</translation>
    </message>
    <message>
      <source>Compare with the outlines</source>
      <translation>Comparar con los contornos</translation>
    </message>
    <message>
      <source>Copy the viewport</source>
      <translation>Copiar el visor</translation>
    </message>
    <message>
      <source>Cover the film outside the breasts</source>
      <translation>Cubrir la película fuera de las mamas</translation>
    </message>
    <message>
      <source>Ctrl+Shift and drag</source>
      <translation>Ctrl+Mayús y arrastrar</translation>
    </message>
    <message>
      <source>Delete the chosen drawing</source>
      <translation>Borrar el dibujo elegido</translation>
    </message>
    <message>
      <source>Difference of outlines and layer</source>
      <translation>Diferencia entre contornos y capa</translation>
    </message>
    <message>
      <source>Double click</source>
      <translation>Doble clic</translation>
    </message>
    <message>
      <source>Drag</source>
      <translation>Arrastrar</translation>
    </message>
    <message>
      <source>Drag changes window/level (hold)</source>
      <translation>Arrastrar cambia ventana/nivel (mantener)</translation>
    </message>
    <message>
      <source>Draw outlines</source>
      <translation>Dibujar contornos</translation>
    </message>
    <message>
      <source>Drawings</source>
      <translation>Dibujos</translation>
    </message>
    <message>
      <source>Drop what is under way and close messages</source>
      <translation>Abandonar lo empezado y cerrar los mensajes</translation>
    </message>
    <message>
      <source>Edit own drawings</source>
      <translation>Editar los dibujos propios</translation>
    </message>
    <message>
      <source>Elliptic region</source>
      <translation>Región elíptica</translation>
    </message>
    <message>
      <source>Enter your impression</source>
      <translation>Anotar su impresión</translation>
    </message>
    <message>
      <source>Erase tissue: what made the models say that?</source>
      <translation>Borrar tejido: ¿por qué dijeron eso los modelos?</translation>
    </message>
    <message>
      <source>Eraser</source>
      <translation>Borrador</translation>
    </message>
    <message>
      <source>Esc</source>
      <translation>Esc</translation>
    </message>
    <message>
      <source>Export BI-RADS worksheet…</source>
      <translation>Exportar la hoja BI-RADS…</translation>
    </message>
    <message>
      <source>Export a figure, a report or data…</source>
      <translation>Exportar una figura, un informe o datos…</translation>
    </message>
    <message>
      <source>Export annotated scan…</source>
      <translation>Exportar la imagen anotada…</translation>
    </message>
    <message>
      <source>Export as seen…</source>
      <translation>Exportar tal como se ve…</translation>
    </message>
    <message>
      <source>Export reader report…</source>
      <translation>Exportar el informe de lectura…</translation>
    </message>
    <message>
      <source>Fewer marks</source>
      <translation>Menos marcas</translation>
    </message>
    <message>
      <source>File</source>
      <translation>Archivo</translation>
    </message>
    <message>
      <source>Fill the heatmap's cells</source>
      <translation>Rellenar las celdas del mapa de calor</translation>
    </message>
    <message>
      <source>Fill the patch grid's cells</source>
      <translation>Rellenar las celdas de la cuadrícula</translation>
    </message>
    <message>
      <source>Find a command…</source>
      <translation>Buscar una orden…</translation>
    </message>
    <message>
      <source>Findings</source>
      <translation>Hallazgos</translation>
    </message>
    <message>
      <source>Fit the breasts</source>
      <translation>Ajustar a las mamas</translation>
    </message>
    <message>
      <source>Fit the films</source>
      <translation>Ajustar las películas</translation>
    </message>
    <message>
      <source>Forget from the library…</source>
      <translation>Olvidar de la biblioteca…</translation>
    </message>
    <message>
      <source>Freehand region</source>
      <translation>Región a mano alzada</translation>
    </message>
    <message>
      <source>Full screen</source>
      <translation>Pantalla completa</translation>
    </message>
    <message>
      <source>Hanging protocol and priors</source>
      <translation>Protocolo de visualización y previos</translation>
    </message>
    <message>
      <source>Heatmap</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>Help</source>
      <translation>Ayuda</translation>
    </message>
    <message>
      <source>Hide the panels</source>
      <translation>Ocultar los paneles</translation>
    </message>
    <message>
      <source>Impression and worksheet</source>
      <translation>Impresión y hoja BI-RADS</translation>
    </message>
    <message>
      <source>Interpolate enlarged pixels</source>
      <translation>Interpolar los píxeles ampliados</translation>
    </message>
    <message>
      <source>Invert</source>
      <translation>Invertir</translation>
    </message>
    <message>
      <source>Invert this viewport alone</source>
      <translation>Invertir solo este visor</translation>
    </message>
    <message>
      <source>Keyboard's pointer</source>
      <translation>Puntero del teclado</translation>
    </message>
    <message>
      <source>Keyboard's pointer: down</source>
      <translation>Puntero del teclado: abajo</translation>
    </message>
    <message>
      <source>Keyboard's pointer: fine steps</source>
      <translation>Puntero del teclado: pasos finos</translation>
    </message>
    <message>
      <source>Keyboard's pointer: left</source>
      <translation>Puntero del teclado: a la izquierda</translation>
    </message>
    <message>
      <source>Keyboard's pointer: press and release</source>
      <translation>Puntero del teclado: pulsar y soltar</translation>
    </message>
    <message>
      <source>Keyboard's pointer: right</source>
      <translation>Puntero del teclado: a la derecha</translation>
    </message>
    <message>
      <source>Keyboard's pointer: up</source>
      <translation>Puntero del teclado: arriba</translation>
    </message>
    <message>
      <source>Keys</source>
      <translation>Teclas</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>Capas</translation>
    </message>
    <message>
      <source>Less text in the corners</source>
      <translation>Menos texto en las esquinas</translation>
    </message>
    <message>
      <source>Link the viewports</source>
      <translation>Vincular los visores</translation>
    </message>
    <message>
      <source>Magnifier</source>
      <translation>Lupa</translation>
    </message>
    <message>
      <source>Magnifier (hold)</source>
      <translation>Lupa (mantener)</translation>
    </message>
    <message>
      <source>Magnifier at twice full resolution</source>
      <translation>Lupa al doble de la resolución completa</translation>
    </message>
    <message>
      <source>Magnify</source>
      <translation>Lupa</translation>
    </message>
    <message>
      <source>Manual</source>
      <translation>Manual</translation>
    </message>
    <message>
      <source>Mark the pointer in the other viewports</source>
      <translation>Marcar el puntero en los otros visores</translation>
    </message>
    <message>
      <source>Measure the screen for true size…</source>
      <translation>Medir la pantalla para el tamaño real…</translation>
    </message>
    <message>
      <source>Measurement report</source>
      <translation>Informe de mediciones</translation>
    </message>
    <message>
      <source>Menu of the scan</source>
      <translation>Menú de la imagen</translation>
    </message>
    <message>
      <source>Model sensitivity</source>
      <translation>Sensibilidad del modelo</translation>
    </message>
    <message>
      <source>Model…</source>
      <translation>Modelo…</translation>
    </message>
    <message>
      <source>More marks</source>
      <translation>Más marcas</translation>
    </message>
    <message>
      <source>Mouse</source>
      <translation>Ratón</translation>
    </message>
    <message>
      <source>Move</source>
      <translation>Mover</translation>
    </message>
    <message>
      <source>Move a region elsewhere</source>
      <translation>Llevar una región a otro lugar</translation>
    </message>
    <message>
      <source>Move down</source>
      <translation>Mover hacia abajo</translation>
    </message>
    <message>
      <source>Move left</source>
      <translation>Mover a la izquierda</translation>
    </message>
    <message>
      <source>Move right</source>
      <translation>Mover a la derecha</translation>
    </message>
    <message>
      <source>Move up</source>
      <translation>Mover hacia arriba</translation>
    </message>
    <message>
      <source>Narrower brush</source>
      <translation>Pincel más fino</translation>
    </message>
    <message>
      <source>Narrower magnifier</source>
      <translation>Lupa más pequeña</translation>
    </message>
    <message>
      <source>Newer prior</source>
      <translation>Previo más reciente</translation>
    </message>
    <message>
      <source>Next field, field before</source>
      <translation>Campo siguiente, campo anterior</translation>
    </message>
    <message>
      <source>Next finding</source>
      <translation>Hallazgo siguiente</translation>
    </message>
    <message>
      <source>Next hanging stage</source>
      <translation>Etapa de visualización siguiente</translation>
    </message>
    <message>
      <source>Next quarter of the breast</source>
      <translation>Siguiente cuarto de la mama</translation>
    </message>
    <message>
      <source>Next slice</source>
      <translation>Corte siguiente</translation>
    </message>
    <message>
      <source>Next study</source>
      <translation>Estudio siguiente</translation>
    </message>
    <message>
      <source>Next tile of the breast at full resolution</source>
      <translation>Sección siguiente de la mama a resolución completa</translation>
    </message>
    <message>
      <source>Next viewport</source>
      <translation>Visor siguiente</translation>
    </message>
    <message>
      <source>Next weighting of the sensitivity</source>
      <translation>Ponderación siguiente de la sensibilidad</translation>
    </message>
    <message>
      <source>Next window/level preset</source>
      <translation>Ajuste de ventana/nivel siguiente</translation>
    </message>
    <message>
      <source>Next window/level preset of this viewport alone</source>
      <translation>Ajuste de ventana/nivel siguiente solo en este visor</translation>
    </message>
    <message>
      <source>No category</source>
      <translation>Sin categoría</translation>
    </message>
    <message>
      <source>Older prior</source>
      <translation>Previo más antiguo</translation>
    </message>
    <message>
      <source>One scan pixel per screen pixel</source>
      <translation>Un píxel de la imagen por píxel de pantalla</translation>
    </message>
    <message>
      <source>Open files…</source>
      <translation>Abrir archivos…</translation>
    </message>
    <message>
      <source>Open folder…</source>
      <translation>Abrir carpeta…</translation>
    </message>
    <message>
      <source>Outlines</source>
      <translation>Contornos</translation>
    </message>
    <message>
      <source>Overlay planes</source>
      <translation>Planos superpuestos</translation>
    </message>
    <message>
      <source>Overlay text</source>
      <translation>Texto superpuesto</translation>
    </message>
    <message>
      <source>Pan</source>
      <translation>Desplazar</translation>
    </message>
    <message>
      <source>Patch grid</source>
      <translation>Cuadrícula de parches</translation>
    </message>
    <message>
      <source>Patch grid of the next magnification</source>
      <translation>Cuadrícula de parches del aumento siguiente</translation>
    </message>
    <message>
      <source>Play the slices</source>
      <translation>Reproducir los cortes</translation>
    </message>
    <message>
      <source>Pointer</source>
      <translation>Puntero</translation>
    </message>
    <message>
      <source>Presentation state</source>
      <translation>Estado de presentación</translation>
    </message>
    <message>
      <source>Previous finding</source>
      <translation>Hallazgo anterior</translation>
    </message>
    <message>
      <source>Previous hanging stage</source>
      <translation>Etapa de visualización anterior</translation>
    </message>
    <message>
      <source>Previous quarter of the breast</source>
      <translation>Cuarto anterior de la mama</translation>
    </message>
    <message>
      <source>Previous slice</source>
      <translation>Corte anterior</translation>
    </message>
    <message>
      <source>Previous study</source>
      <translation>Estudio anterior</translation>
    </message>
    <message>
      <source>Previous tile of the breast</source>
      <translation>Sección anterior de la mama</translation>
    </message>
    <message>
      <source>Prior in place, and back</source>
      <translation>Previo en el mismo lugar, y volver</translation>
    </message>
    <message>
      <source>Quit</source>
      <translation>Salir</translation>
    </message>
    <message>
      <source>Reason for the verdict</source>
      <translation>Motivo del veredicto</translation>
    </message>
    <message>
      <source>Redo</source>
      <translation>Rehacer</translation>
    </message>
    <message>
      <source>Reject the finding, and back</source>
      <translation>Rechazar el hallazgo, y deshacer</translation>
    </message>
    <message>
      <source>Report a fault…</source>
      <translation>Informar de un fallo…</translation>
    </message>
    <message>
      <source>Reset window/level</source>
      <translation>Restablecer ventana/nivel</translation>
    </message>
    <message>
      <source>Reveal the layers</source>
      <translation>Revelar las capas</translation>
    </message>
    <message>
      <source>Right click</source>
      <translation>Clic derecho</translation>
    </message>
    <message>
      <source>Right drag, or W and drag</source>
      <translation>Arrastrar con el botón derecho, o W y arrastrar</translation>
    </message>
    <message>
      <source>Ruler</source>
      <translation>Regla</translation>
    </message>
    <message>
      <source>Sample study</source>
      <translation>Estudio de muestra</translation>
    </message>
    <message>
      <source>Save own drawings</source>
      <translation>Guardar los dibujos propios</translation>
    </message>
    <message>
      <source>Scan the library again</source>
      <translation>Explorar de nuevo la biblioteca</translation>
    </message>
    <message>
      <source>Screens</source>
      <translation>Pantallas</translation>
    </message>
    <message>
      <source>Search the library</source>
      <translation>Buscar en la biblioteca</translation>
    </message>
    <message>
      <source>Second screen: panel, images, nothing</source>
      <translation>Segunda pantalla: panel, imágenes, nada</translation>
    </message>
    <message>
      <source>Segmentation</source>
      <translation>Segmentación</translation>
    </message>
    <message>
      <source>Settings…</source>
      <translation>Configuración…</translation>
    </message>
    <message>
      <source>Show the patient</source>
      <translation>Mostrar la paciente</translation>
    </message>
    <message>
      <source>Show the true pictures again</source>
      <translation>Volver a mostrar las imágenes verdaderas</translation>
    </message>
    <message>
      <source>Single viewport and back</source>
      <translation>Un solo visor, y volver</translation>
    </message>
    <message>
      <source>Slices</source>
      <translation>Cortes</translation>
    </message>
    <message>
      <source>Square magnifier</source>
      <translation>Lupa cuadrada</translation>
    </message>
    <message>
      <source>Study list</source>
      <translation>Lista de estudios</translation>
    </message>
    <message>
      <source>Tab, Shift+Tab</source>
      <translation>Tab, Mayús+Tab</translation>
    </message>
    <message>
      <source>Tags of the scan</source>
      <translation>Etiquetas de la imagen</translation>
    </message>
    <message>
      <source>Take the viewport into another program</source>
      <translation>Llevar el visor a otro programa</translation>
    </message>
    <message>
      <source>Text</source>
      <translation>Texto</translation>
    </message>
    <message>
      <source>The settings give a key to {name!r}, which is no command</source>
      <translation>Los ajustes dan una tecla a {name!r}, que no es ninguna orden</translation>
    </message>
    <message>
      <source>The settings give {name!r} the key {key!r}, which is no key</source>
      <translation>Los ajustes dan a {name!r} la tecla {key!r}, que no es ninguna tecla</translation>
    </message>
    <message>
      <source>The settings give {name!r} the key {key!r}, which {other!r} has</source>
      <translation>Los ajustes dan a {name!r} la tecla {key!r}, que ya tiene {other!r}</translation>
    </message>
    <message>
      <source>Tools</source>
      <translation>Herramientas</translation>
    </message>
    <message>
      <source>True size</source>
      <translation>Tamaño real</translation>
    </message>
    <message>
      <source>Undo</source>
      <translation>Deshacer</translation>
    </message>
    <message>
      <source>Undo the calibration</source>
      <translation>Deshacer la calibración</translation>
    </message>
    <message>
      <source>View</source>
      <translation>Ver</translation>
    </message>
    <message>
      <source>Wheel</source>
      <translation>Rueda</translation>
    </message>
    <message>
      <source>Wider brush</source>
      <translation>Pincel más ancho</translation>
    </message>
    <message>
      <source>Wider magnifier</source>
      <translation>Lupa más grande</translation>
    </message>
    <message>
      <source>Window (across) and level (up and down)</source>
      <translation>Ventana (en horizontal) y nivel (en vertical)</translation>
    </message>
    <message>
      <source>Window and level</source>
      <translation>Ventana y nivel</translation>
    </message>
    <message>
      <source>Window/level</source>
      <translation>Ventana/nivel</translation>
    </message>
    <message>
      <source>Workbench: the errors of an evaluation…</source>
      <translation>Banco de trabajo: los errores de una evaluación…</translation>
    </message>
    <message>
      <source>Write a DDSM overlay…</source>
      <translation>Escribir una superposición DDSM…</translation>
    </message>
    <message>
      <source>Zoom</source>
      <translation>Ampliar</translation>
    </message>
    <message>
      <source>Zoom about the pointer</source>
      <translation>Ampliar en torno al puntero</translation>
    </message>
    <message>
      <source>Zoom and place</source>
      <translation>Ampliación y lugar</translation>
    </message>
    <message>
      <source>Zoom in</source>
      <translation>Ampliar</translation>
    </message>
    <message>
      <source>Zoom out</source>
      <translation>Reducir</translation>
    </message>
  </context>
  <context>
    <name>corners</name>
    <message>
      <source>age {}</source>
      <translation>{} años</translation>
    </message>
    <message>
      <source>and {} more</source>
      <translation>y {} más</translation>
    </message>
    <message>
      <source>inverted</source>
      <translation>invertida</translation>
    </message>
    <message>
      <source>models: {}</source>
      <translation>modelos: {}</translation>
    </message>
    <message>
      <source>spacing unknown</source>
      <translation>tamaño de píxel desconocido</translation>
    </message>
    <message>
      <source>window/level: {}</source>
      <translation>ventana/nivel: {}</translation>
    </message>
    <message>
      <source>zoom {:.0f} %</source>
      <translation>zoom {:.0f} %</translation>
    </message>
    <message>
      <source>{source}, true size</source>
      <translation>{source}, tamaño real</translation>
    </message>
  </context>
  <context>
    <name>difference</name>
    <message>
      <source>layer only</source>
      <translation>solo capa</translation>
    </message>
    <message>
      <source>outline and layer</source>
      <translation>contorno y capa</translation>
    </message>
    <message>
      <source>outline only</source>
      <translation>solo contorno</translation>
    </message>
  </context>
  <context>
    <name>drawing</name>
    <message>
      <source>An outline needs at least three points that do not lie on one line</source>
      <translation>Un contorno necesita al menos tres puntos que no estén en una misma línea</translation>
    </message>
  </context>
  <context>
    <name>eraser</name>
    <message>
      <source>ALTERED: not the true picture</source>
      <translation>ALTERADA: no es la imagen verdadera</translation>
    </message>
    <message>
      <source>Baseline heatmap</source>
      <translation>Mapa de calor base</translation>
    </message>
    <message>
      <source>Bright spots</source>
      <translation>Puntos brillantes</translation>
    </message>
    <message>
      <source>Fold {number}</source>
      <translation>Partición {number}</translation>
    </message>
    <message>
      <source>Fused heatmap</source>
      <translation>Mapa de calor fusionado</translation>
    </message>
    <message>
      <source>Heatmap</source>
      <translation>Mapa de calor</translation>
    </message>
    <message>
      <source>Re-scored</source>
      <translation>Revaluado</translation>
    </message>
    <message>
      <source>true → altered</source>
      <translation>verdadera → alterada</translation>
    </message>
  </context>
  <context>
    <name>figures</name>
    <message>
      <source>Animation for teaching</source>
      <translation>Animación para la docencia</translation>
    </message>
    <message>
      <source>Annotated scan</source>
      <translation>Imagen anotada</translation>
    </message>
    <message>
      <source>COCO annotations</source>
      <translation>Anotaciones COCO</translation>
    </message>
    <message>
      <source>CSV table</source>
      <translation>Tabla CSV</translation>
    </message>
    <message>
      <source>DDSM overlay</source>
      <translation>Contornos DDSM (.OVERLAY)</translation>
    </message>
    <message>
      <source>DICOM mammography CAD report</source>
      <translation>Informe CAD de mamografía en DICOM</translation>
    </message>
    <message>
      <source>DICOM measurement report</source>
      <translation>Informe de mediciones DICOM</translation>
    </message>
    <message>
      <source>DICOM presentation state</source>
      <translation>Estado de presentación DICOM</translation>
    </message>
    <message>
      <source>DICOM secondary capture</source>
      <translation>Captura secundaria DICOM</translation>
    </message>
    <message>
      <source>DICOM segmentation</source>
      <translation>Segmentación DICOM</translation>
    </message>
    <message>
      <source>Findings in rows</source>
      <translation>Hallazgos en filas</translation>
    </message>
    <message>
      <source>Findings of the scan</source>
      <translation>Hallazgos de la imagen</translation>
    </message>
    <message>
      <source>GIF animation</source>
      <translation>Animación GIF</translation>
    </message>
    <message>
      <source>Grey as shown, 16 bits</source>
      <translation>Gris como se muestra, 16 bits</translation>
    </message>
    <message>
      <source>Grey as shown, 8 bits</source>
      <translation>Gris como se muestra, 8 bits</translation>
    </message>
    <message>
      <source>Grey as stored</source>
      <translation>Gris como está almacenado</translation>
    </message>
    <message>
      <source>Layers and legend in the picture</source>
      <translation>Capas y leyenda en la imagen</translation>
    </message>
    <message>
      <source>Layout of the paper</source>
      <translation>Disposición del artículo</translation>
    </message>
    <message>
      <source>NumPy archive</source>
      <translation>Archivo NumPy</translation>
    </message>
    <message>
      <source>PDF document</source>
      <translation>Documento PDF</translation>
    </message>
    <message>
      <source>PNG picture</source>
      <translation>Imagen PNG</translation>
    </message>
    <message>
      <source>Panels for a paper</source>
      <translation>Paneles para un artículo</translation>
    </message>
    <message>
      <source>Panels of one crop</source>
      <translation>Paneles de un recorte</translation>
    </message>
    <message>
      <source>Report of the study</source>
      <translation>Informe del estudio</translation>
    </message>
    <message>
      <source>SVG drawing</source>
      <translation>Dibujo SVG</translation>
    </message>
    <message>
      <source>Study on a sheet</source>
      <translation>Estudio en una hoja</translation>
    </message>
    <message>
      <source>Study, in its hanging order</source>
      <translation>Estudio, en su orden de visualización</translation>
    </message>
    <message>
      <source>TIFF picture</source>
      <translation>Imagen TIFF</translation>
    </message>
    <message>
      <source>WebP animation</source>
      <translation>Animación WebP</translation>
    </message>
  </context>
  <context>
    <name>findings</name>
    <message>
      <source>Marks of both models: {both}, of model {letter} alone: {one}, of model {other} alone: {two}</source>
      <translation>Marcas de ambos modelos: {both}, solo del modelo {letter}: {one}, solo del modelo {other}: {two}</translation>
    </message>
    <message>
      <source>Small bright spots lie closer together here than around: calcifications, or what looks like them.</source>
      <translation>Aquí hay pequeños puntos brillantes más juntos que alrededor: calcificaciones, o algo que se les parece.</translation>
    </message>
    <message>
      <source>all folds</source>
      <translation>todas las particiones</translation>
    </message>
    <message>
      <source>assessed</source>
      <translation>evaluada</translation>
    </message>
    <message>
      <source>at {hour} o'clock</source>
      <translation>a las {hour}</translation>
    </message>
    <message>
      <source>behind the nipple</source>
      <translation>detrás del pezón</translation>
    </message>
    <message>
      <source>being assessed</source>
      <translation>en evaluación</translation>
    </message>
    <message>
      <source>both models</source>
      <translation>ambos modelos</translation>
    </message>
    <message>
      <source>cluster of bright spots</source>
      <translation>agrupación de puntos brillantes</translation>
    </message>
    <message>
      <source>failed: {}</source>
      <translation>fallo: {}</translation>
    </message>
    <message>
      <source>folds differ</source>
      <translation>particiones discrepan</translation>
    </message>
    <message>
      <source>if one lesion, {where}</source>
      <translation>si es una sola lesión, {where}</translation>
    </message>
    <message>
      <source>inner half</source>
      <translation>mitad interna</translation>
    </message>
    <message>
      <source>lengths in {}</source>
      <translation>longitudes en {}</translation>
    </message>
    <message>
      <source>level with the nipple</source>
      <translation>a la altura del pezón</translation>
    </message>
    <message>
      <source>lower half</source>
      <translation>mitad inferior</translation>
    </message>
    <message>
      <source>model {} alone</source>
      <translation>solo el modelo {}</translation>
    </message>
    <message>
      <source>no fold</source>
      <translation>ninguna partición</translation>
    </message>
    <message>
      <source>no pair</source>
      <translation>sin pareja</translation>
    </message>
    <message>
      <source>no pair, {:.0f} mm deep</source>
      <translation>sin par, a {:.0f} mm de profundidad</translation>
    </message>
    <message>
      <source>not run</source>
      <translation>sin evaluar</translation>
    </message>
    <message>
      <source>nothing found at or above {:.2f}</source>
      <translation>sin hallazgos a partir de {:.2f}</translation>
    </message>
    <message>
      <source>nothing found at this budget of false marks</source>
      <translation>nada encontrado con este límite de marcas falsas</translation>
    </message>
    <message>
      <source>of 100 such pairs {share} were the same lesion ({low} to {high}): a hint, no proof</source>
      <translation>de 100 parejas así, {share} eran la misma lesión ({low} a {high}): un indicio, no una prueba</translation>
    </message>
    <message>
      <source>out of scope: {}</source>
      <translation>fuera del alcance: {}</translation>
    </message>
    <message>
      <source>outer half</source>
      <translation>mitad externa</translation>
    </message>
    <message>
      <source>patch over its flips: {}</source>
      <translation>parche en sus reflejos: {}</translation>
    </message>
    <message>
      <source>patch over the folds: {}</source>
      <translation>parche en las particiones: {}</translation>
    </message>
    <message>
      <source>same lesion in {share} of 100 such pairs, then {where}</source>
      <translation>la misma lesión en {share} de 100 pares así; entonces, {where}</translation>
    </message>
    <message>
      <source>scales not known yet</source>
      <translation>escalas aún no conocidas</translation>
    </message>
    <message>
      <source>score {:.2f}</source>
      <translation>puntuación {:.2f}</translation>
    </message>
    <message>
      <source>upper half</source>
      <translation>mitad superior</translation>
    </message>
    <message>
      <source>waiting for the models</source>
      <translation>a la espera de los modelos</translation>
    </message>
    <message>
      <source>{:.0f} mm</source>
      <translation>{:.0f} mm</translation>
    </message>
    <message>
      <source>{:.0f} mm apart in depth behind the nipple</source>
      <translation>profundidades tras el pezón que difieren en {:.0f} mm</translation>
    </message>
    <message>
      <source>{:.0f} mm from nipple</source>
      <translation>a {:.0f} mm del pezón</translation>
    </message>
    <message>
      <source>{done} of {all} scans are compared: the others are not assessed by both</source>
      <translation>Se comparan {done} de {all} imágenes: las demás no están evaluadas por ambos</translation>
    </message>
    <message>
      <source>{half}, {far}</source>
      <translation>{half}, {far}</translation>
    </message>
    <message>
      <source>{key} shows {letter}: {name}</source>
      <translation>{key} muestra {letter}: {name}</translation>
    </message>
    <message>
      <source>{letter} ↔ {view}</source>
      <translation>{letter} ↔ {view}</translation>
    </message>
    <message>
      <source>{low} to {high}</source>
      <translation>{low} a {high}</translation>
    </message>
    <message>
      <source>{own:.0f} and {other:.0f} mm deep</source>
      <translation>a {own:.0f} y {other:.0f} mm de profundidad</translation>
    </message>
    <message>
      <source>{some}/{all} folds</source>
      <translation>{some}/{all} particiones</translation>
    </message>
    <message>
      <source>{some}/{all} scales</source>
      <translation>{some}/{all} escalas</translation>
    </message>
    <message>
      <source>{value} of 100 such marks held a finding ({low} to {high})</source>
      <translation>{value} de 100 así tenían un hallazgo ({low} a {high})</translation>
    </message>
  </context>
  <context>
    <name>linked cursor</name>
    <message>
      <source>from the chest wall: {}</source>
      <translation>desde la pared torácica: {}</translation>
    </message>
    <message>
      <source>from the nipple: {}</source>
      <translation>desde el pezón: {}</translation>
    </message>
  </context>
  <context>
    <name>modes</name>
    <message>
      <source>Blind reading: the layers stay closed</source>
      <translation>Lectura a ciegas: las capas permanecen cerradas</translation>
    </message>
    <message>
      <source>Concurrent reading: layers are off until switched on</source>
      <translation>Lectura simultánea: las capas están apagadas hasta que se activan</translation>
    </message>
    <message>
      <source>Second reader: the layers open after your own impression</source>
      <translation>Segundo lector: las capas se abren tras su propia impresión</translation>
    </message>
  </context>
  <context>
    <name>notice</name>
    <message>
      <source>Research and education only. Not a medical device.</source>
      <translation>Solo para investigación y docencia. No es un producto sanitario.</translation>
    </message>
  </context>
  <context>
    <name>pixel text</name>
    <message>
      <source>Black out what lies outside the breast</source>
      <translation>Poner en negro lo que queda fuera de la mama</translation>
    </message>
    <message>
      <source>Export it as it is</source>
      <translation>Exportarla tal como está</translation>
    </message>
    <message>
      <source>Text in the pixels</source>
      <translation>Texto en los píxeles</translation>
    </message>
    <message>
      <source>Text in the pixels of this picture may name the patient.</source>
      <translation>Puede haber texto en los píxeles de esta imagen que nombre a la paciente.</translation>
    </message>
    <message>
      <source>The answer holds for all pictures of this export.</source>
      <translation>La respuesta vale para todas las imágenes de esta exportación.</translation>
    </message>
    <message>
      <source>The breast was not found clearly, so that labels on the film cannot be looked for.</source>
      <translation>No se encontró la mama con claridad, así que no se pueden buscar rótulos en la película.</translation>
    </message>
    <message>
      <source>The file says that text is burned into its pixels.</source>
      <translation>El archivo dice que hay texto grabado en sus píxeles.</translation>
    </message>
    <message>
      <source>There are marks like text outside the breast.</source>
      <translation>Hay marcas parecidas a texto fuera de la mama.</translation>
    </message>
  </context>
  <context>
    <name>place</name>
    <message>
      <source>{:.{}f} above the nipple</source>
      <translation>{:.{}f} por encima del pezón</translation>
    </message>
    <message>
      <source>{:.{}f} below the nipple</source>
      <translation>{:.{}f} por debajo del pezón</translation>
    </message>
    <message>
      <source>{:.{}f} from the chest wall</source>
      <translation>{:.{}f} desde la pared torácica</translation>
    </message>
  </context>
  <context>
    <name>readout</name>
    <message>
      <source>OD {:.2f}</source>
      <translation>DO {:.2f}</translation>
    </message>
    <message>
      <source>value {}</source>
      <translation>valor {}</translation>
    </message>
  </context>
  <context>
    <name>reasons</name>
    <message>
      <source>Reason…</source>
      <translation>Motivo…</translation>
    </message>
    <message>
      <source>architectural distortion</source>
      <translation>distorsión de la arquitectura</translation>
    </message>
    <message>
      <source>artefact, label or skin</source>
      <translation>artefacto, rótulo o piel</translation>
    </message>
    <message>
      <source>asymmetry</source>
      <translation>asimetría</translation>
    </message>
    <message>
      <source>calcifications</source>
      <translation>calcificaciones</translation>
    </message>
    <message>
      <source>known benign lesion</source>
      <translation>lesión benigna conocida</translation>
    </message>
    <message>
      <source>mass</source>
      <translation>nódulo</translation>
    </message>
    <message>
      <source>normal tissue</source>
      <translation>tejido normal</translation>
    </message>
    <message>
      <source>same as another finding</source>
      <translation>igual que otro hallazgo</translation>
    </message>
  </context>
  <context>
    <name>settings</name>
    <message>
      <source>0 keeps none.</source>
      <translation>0 no guarda ninguna.</translation>
    </message>
    <message>
      <source>A change is noted in the audit log.</source>
      <translation>Un cambio queda anotado en el registro de auditoría.</translation>
    </message>
    <message>
      <source>All of this page counts from the next start on.</source>
      <translation>Toda esta página vale a partir del próximo inicio.</translation>
    </message>
    <message>
      <source>As in the paper (64 px)</source>
      <translation>Como en el artículo (64 px)</translation>
    </message>
    <message>
      <source>As the system</source>
      <translation>Como el sistema</translation>
    </message>
    <message>
      <source>Assess studies as they are opened</source>
      <translation>Evaluar los estudios al abrirlos</translation>
    </message>
    <message>
      <source>Blind (no layers)</source>
      <translation>A ciegas (sin capas)</translation>
    </message>
    <message>
      <source>Cells of the patch grid</source>
      <translation>Celdas de la cuadrícula de parches</translation>
    </message>
    <message>
      <source>Concurrent (layers at any time)</source>
      <translation>Simultánea (capas en todo momento)</translation>
    </message>
    <message>
      <source>Cover digitised film outside the breasts</source>
      <translation>Cubrir la película digitalizada fuera de las mamas</translation>
    </message>
    <message>
      <source>Dark</source>
      <translation>Oscuro</translation>
    </message>
    <message>
      <source>Display</source>
      <translation>Pantalla</translation>
    </message>
    <message>
      <source>English</source>
      <translation>English</translation>
    </message>
    <message>
      <source>Español</source>
      <translation>Español</translation>
    </message>
    <message>
      <source>Even (about 6.4 mm)</source>
      <translation>Uniformes (unos 6,4 mm)</translation>
    </message>
    <message>
      <source>Everything that is known</source>
      <translation>Todo lo que se sabe</translation>
    </message>
    <message>
      <source>Fine (32 px)</source>
      <translation>Finas (32 px)</translation>
    </message>
    <message>
      <source>From the next start on.</source>
      <translation>A partir del próximo inicio.</translation>
    </message>
    <message>
      <source>Graphics card (CUDA)</source>
      <translation>Tarjeta gráfica (CUDA)</translation>
    </message>
    <message>
      <source>High contrast</source>
      <translation>Alto contraste</translation>
    </message>
    <message>
      <source>Interpolate enlarged pixels</source>
      <translation>Interpolar los píxeles ampliados</translation>
    </message>
    <message>
      <source>Language</source>
      <translation>Idioma</translation>
    </message>
    <message>
      <source>List opened studies under Recent</source>
      <translation>Mostrar los estudios abiertos en Recientes</translation>
    </message>
    <message>
      <source>Megabytes on disk for assessments</source>
      <translation>Megabytes en disco para las evaluaciones</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Move and zoom all viewports together</source>
      <translation>Mover y ampliar todos los visores a la vez</translation>
    </message>
    <message>
      <source>Name of the reader</source>
      <translation>Nombre de quien lee</translation>
    </message>
    <message>
      <source>Processor</source>
      <translation>Procesador</translation>
    </message>
    <message>
      <source>Reading</source>
      <translation>Lectura</translation>
    </message>
    <message>
      <source>Reading mode</source>
      <translation>Modo de lectura</translation>
    </message>
    <message>
      <source>Run the models on</source>
      <translation>Ejecutar los modelos en</translation>
    </message>
    <message>
      <source>Second reader (layers after your own impression)</source>
      <translation>Segundo lector (capas tras su propia impresión)</translation>
    </message>
    <message>
      <source>Show how steady findings are over flips</source>
      <translation>Indicar la estabilidad de los hallazgos ante reflejos</translation>
    </message>
    <message>
      <source>Show the patient in the corners</source>
      <translation>Mostrar la paciente en las esquinas</translation>
    </message>
    <message>
      <source>Shown whole at first</source>
      <translation>Se muestran enteras al principio</translation>
    </message>
    <message>
      <source>Size of all text</source>
      <translation>Tamaño de todo el texto</translation>
    </message>
    <message>
      <source>Stands in the audit log and in exported reader reports.</source>
      <translation>Figura en el registro de auditoría y en los informes de lectura exportados.</translation>
    </message>
    <message>
      <source>Text in the corners</source>
      <translation>Texto en las esquinas</translation>
    </message>
    <message>
      <source>The breasts</source>
      <translation>Las mamas</translation>
    </message>
    <message>
      <source>The films</source>
      <translation>Las películas</translation>
    </message>
    <message>
      <source>Theme</source>
      <translation>Tema</translation>
    </message>
    <message>
      <source>View, patient, warnings and scale</source>
      <translation>Proyección, paciente, avisos y escala</translation>
    </message>
    <message>
      <source>View, warnings and scale</source>
      <translation>Proyección, avisos y escala</translation>
    </message>
    <message>
      <source>Whatever is fastest</source>
      <translation>Lo que sea más rápido</translation>
    </message>
    <message>
      <source>Your name in the operating system</source>
      <translation>Su nombre en el sistema operativo</translation>
    </message>
  </context>
  <context>
    <name>states</name>
    <message>
      <source>1 mark</source>
      <translation>1 marca</translation>
    </message>
    <message>
      <source>Model {}: {}</source>
      <translation>Modelo {}: {}</translation>
    </message>
    <message>
      <source>Models: {}</source>
      <translation>Modelos: {}</translation>
    </message>
    <message>
      <source>altered picture</source>
      <translation>imagen alterada</translation>
    </message>
    <message>
      <source>assessed, layers off</source>
      <translation>evaluada, capas apagadas</translation>
    </message>
    <message>
      <source>assessing {:.0f} %</source>
      <translation>evaluando {:.0f} %</translation>
    </message>
    <message>
      <source>closed, blind reading</source>
      <translation>cerrado, lectura ciega</translation>
    </message>
    <message>
      <source>failed: {}</source>
      <translation>falló: {}</translation>
    </message>
    <message>
      <source>heatmap off</source>
      <translation>mapa de calor apagado</translation>
    </message>
    <message>
      <source>layers off</source>
      <translation>capas apagadas</translation>
    </message>
    <message>
      <source>no marks at or above {:.2f}</source>
      <translation>ninguna marca desde {:.2f}</translation>
    </message>
    <message>
      <source>no marks at this budget</source>
      <translation>ninguna marca con este límite</translation>
    </message>
    <message>
      <source>no patch at or above {:.2f}</source>
      <translation>ningún parche desde {:.2f}</translation>
    </message>
    <message>
      <source>not revealed yet</source>
      <translation>aún sin revelar</translation>
    </message>
    <message>
      <source>not run</source>
      <translation>no ejecutados</translation>
    </message>
    <message>
      <source>not run (no models)</source>
      <translation>no ejecutados (sin modelos)</translation>
    </message>
    <message>
      <source>not run on this frame</source>
      <translation>no ejecutados en este cuadro</translation>
    </message>
    <message>
      <source>out of scope: {}</source>
      <translation>fuera de alcance: {}</translation>
    </message>
    <message>
      <source>patch grid not computed yet</source>
      <translation>cuadrícula aún no calculada</translation>
    </message>
    <message>
      <source>waiting</source>
      <translation>en espera</translation>
    </message>
    <message>
      <source>{model}, {state}</source>
      <translation>{model}, {state}</translation>
    </message>
    <message>
      <source>{} below the threshold</source>
      <translation>{} bajo el umbral</translation>
    </message>
    <message>
      <source>{} marks</source>
      <translation>{} marcas</translation>
    </message>
  </context>
  <context>
    <name>studies</name>
    <message>
      <source>1 scan</source>
      <translation>1 imagen</translation>
    </message>
    <message>
      <source>PRIOR</source>
      <translation>PREVIO</translation>
    </message>
    <message>
      <source>missing</source>
      <translation>falta</translation>
    </message>
    <message>
      <source>no date</source>
      <translation>sin fecha</translation>
    </message>
    <message>
      <source>open</source>
      <translation>abierto</translation>
    </message>
    <message>
      <source>patient hidden</source>
      <translation>paciente oculta</translation>
    </message>
    <message>
      <source>shown</source>
      <translation>en pantalla</translation>
    </message>
    <message>
      <source>unnamed</source>
      <translation>sin nombre</translation>
    </message>
    <message>
      <source>{gone} of {all} scans missing</source>
      <translation>faltan {gone} de {all} imágenes</translation>
    </message>
    <message>
      <source>{} scans</source>
      <translation>{} imágenes</translation>
    </message>
  </context>
  <context>
    <name>top bar</name>
    <message>
      <source>Film mask</source>
      <translation>Máscara</translation>
    </message>
    <message>
      <source>Invert</source>
      <translation>Invertir</translation>
    </message>
    <message>
      <source>Layers</source>
      <translation>Capas</translation>
    </message>
    <message>
      <source>Link</source>
      <translation>Vincular</translation>
    </message>
    <message>
      <source>Reset</source>
      <translation>Restablecer</translation>
    </message>
  </context>
  <context>
    <name>words</name>
    <message>
      <source>CC pair</source>
      <translation>Par craneocaudal (CC)</translation>
    </message>
    <message>
      <source>CC pair above the prior</source>
      <translation>Par craneocaudal (CC) sobre el previo</translation>
    </message>
    <message>
      <source>Four views</source>
      <translation>Cuatro proyecciones</translation>
    </message>
    <message>
      <source>Left CC</source>
      <translation>Izquierda, craneocaudal (CC)</translation>
    </message>
    <message>
      <source>Left MLO</source>
      <translation>Izquierda, oblicua mediolateral (OML)</translation>
    </message>
    <message>
      <source>Left only</source>
      <translation>Solo la izquierda</translation>
    </message>
    <message>
      <source>MLO pair</source>
      <translation>Par oblicua mediolateral (OML)</translation>
    </message>
    <message>
      <source>MLO pair above the prior</source>
      <translation>Par oblicua mediolateral (OML) sobre el previo</translation>
    </message>
    <message>
      <source>Right CC</source>
      <translation>Derecha, craneocaudal (CC)</translation>
    </message>
    <message>
      <source>Right MLO</source>
      <translation>Derecha, oblicua mediolateral (OML)</translation>
    </message>
    <message>
      <source>Right only</source>
      <translation>Solo la derecha</translation>
    </message>
    <message>
      <source>Side or projection unknown</source>
      <translation>Lado o proyección desconocidos</translation>
    </message>
    <message>
      <source>amber</source>
      <translation>ámbar</translation>
    </message>
    <message>
      <source>blue</source>
      <translation>azul</translation>
    </message>
    <message>
      <source>boundary</source>
      <translation>borde</translation>
    </message>
    <message>
      <source>box</source>
      <translation>recuadro</translation>
    </message>
    <message>
      <source>circle</source>
      <translation>círculo</translation>
    </message>
    <message>
      <source>core</source>
      <translation>núcleo</translation>
    </message>
    <message>
      <source>cyan</source>
      <translation>cian</translation>
    </message>
    <message>
      <source>data set</source>
      <translation>conjunto de datos</translation>
    </message>
    <message>
      <source>drawn by you</source>
      <translation>dibujado por usted</translation>
    </message>
    <message>
      <source>ember</source>
      <translation>brasa</translation>
    </message>
    <message>
      <source>jade</source>
      <translation>jade</translation>
    </message>
    <message>
      <source>lagoon</source>
      <translation>laguna</translation>
    </message>
    <message>
      <source>olive</source>
      <translation>oliva</translation>
    </message>
    <message>
      <source>orchid</source>
      <translation>orquídea</translation>
    </message>
    <message>
      <source>other</source>
      <translation>otro</translation>
    </message>
    <message>
      <source>own</source>
      <translation>propio</translation>
    </message>
    <message>
      <source>radiologist</source>
      <translation>radiólogo</translation>
    </message>
    <message>
      <source>rose</source>
      <translation>rosa</translation>
    </message>
    <message>
      <source>violet</source>
      <translation>violeta</translation>
    </message>
    <message>
      <source>yellow</source>
      <translation>amarillo</translation>
    </message>
  </context>
  <context>
    <name>workbench</name>
    <message>
      <source>Data set</source>
      <translation>Conjunto de datos</translation>
    </message>
    <message>
      <source>Density</source>
      <translation>Densidad</translation>
    </message>
    <message>
      <source>File</source>
      <translation>Archivo</translation>
    </message>
    <message>
      <source>Folds differ by</source>
      <translation>Diferencia entre particiones</translation>
    </message>
    <message>
      <source>Judged by</source>
      <translation>Juzgado por</translation>
    </message>
    <message>
      <source>Kind</source>
      <translation>Tipo</translation>
    </message>
    <message>
      <source>Listed for</source>
      <translation>Listada por</translation>
    </message>
    <message>
      <source>Models</source>
      <translation>Modelos</translation>
    </message>
    <message>
      <source>Note</source>
      <translation>Nota</translation>
    </message>
    <message>
      <source>Pathology</source>
      <translation>Patología</translation>
    </message>
    <message>
      <source>Patient</source>
      <translation>Paciente</translation>
    </message>
    <message>
      <source>Rank</source>
      <translation>Puesto</translation>
    </message>
    <message>
      <source>Reader</source>
      <translation>Lector</translation>
    </message>
    <message>
      <source>Scales differ by</source>
      <translation>Diferencia entre escalas</translation>
    </message>
    <message>
      <source>Scanner</source>
      <translation>Escáner</translation>
    </message>
    <message>
      <source>Score</source>
      <translation>Puntuación</translation>
    </message>
    <message>
      <source>Size, mm</source>
      <translation>Tamaño, mm</translation>
    </message>
    <message>
      <source>Study</source>
      <translation>Estudio</translation>
    </message>
    <message>
      <source>To the outline, mm</source>
      <translation>Al contorno, mm</translation>
    </message>
    <message>
      <source>Verdict</source>
      <translation>Veredicto</translation>
    </message>
    <message>
      <source>View</source>
      <translation>Proyección</translation>
    </message>
    <message>
      <source>Views differ by</source>
      <translation>Diferencia entre proyecciones</translation>
    </message>
    <message>
      <source>What</source>
      <translation>Qué</translation>
    </message>
    <message>
      <source>accepted mark</source>
      <translation>marca aceptada</translation>
    </message>
    <message>
      <source>breast</source>
      <translation>mama</translation>
    </message>
    <message>
      <source>breast unaided, place after</source>
      <translation>mama sin ayuda, lugar después</translation>
    </message>
    <message>
      <source>cluster of bright spots</source>
      <translation>agrupación de puntos brillantes</translation>
    </message>
    <message>
      <source>false mark</source>
      <translation>marca falsa</translation>
    </message>
    <message>
      <source>false mark of the other</source>
      <translation>marca falsa del otro</translation>
    </message>
    <message>
      <source>false mark of the reader, after the layers</source>
      <translation>marca falsa del lector, tras las capas</translation>
    </message>
    <message>
      <source>false mark of the reader, unaided</source>
      <translation>marca falsa del lector, sin ayuda</translation>
    </message>
    <message>
      <source>found by the reader, after the layers</source>
      <translation>hallado por el lector, tras las capas</translation>
    </message>
    <message>
      <source>found by the reader, unaided</source>
      <translation>hallado por el lector, sin ayuda</translation>
    </message>
    <message>
      <source>found lesion</source>
      <translation>lesión hallada</translation>
    </message>
    <message>
      <source>hit</source>
      <translation>acierto</translation>
    </message>
    <message>
      <source>missed by the reader</source>
      <translation>no visto por el lector</translation>
    </message>
    <message>
      <source>missed lesion</source>
      <translation>lesión no hallada</translation>
    </message>
    <message>
      <source>near miss</source>
      <translation>marca cercana</translation>
    </message>
    <message>
      <source>no report</source>
      <translation>sin informe</translation>
    </message>
    <message>
      <source>no report unaided, breast after</source>
      <translation>sin informe sin ayuda, mama después</translation>
    </message>
    <message>
      <source>no report unaided, place after</source>
      <translation>sin informe sin ayuda, lugar después</translation>
    </message>
    <message>
      <source>not sure</source>
      <translation>dudoso</translation>
    </message>
    <message>
      <source>place</source>
      <translation>lugar</translation>
    </message>
    <message>
      <source>place unaided, breast after</source>
      <translation>lugar sin ayuda, mama después</translation>
    </message>
    <message>
      <source>place unaided, no report after</source>
      <translation>lugar sin ayuda, sin informe después</translation>
    </message>
    <message>
      <source>rejected mark</source>
      <translation>marca rechazada</translation>
    </message>
    <message>
      <source>the model is right</source>
      <translation>el modelo acierta</translation>
    </message>
    <message>
      <source>the model is wrong</source>
      <translation>el modelo se equivoca</translation>
    </message>
    <message>
      <source>the other alone</source>
      <translation>solo el otro</translation>
    </message>
    <message>
      <source>the outline is wrong</source>
      <translation>el contorno es erróneo</translation>
    </message>
    <message>
      <source>this one alone</source>
      <translation>solo este</translation>
    </message>
  </context>
</TS>
