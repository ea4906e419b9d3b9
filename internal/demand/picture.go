package demand

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bilin/internal/auth"
	"bilin/internal/errs"
	"bilin/internal/sqldb"
)

// MaxPictures is how many pictures one entry and one demand's author may add.
const MaxPictures = 6

// maxPhotos is how many a demand holds in all.
const maxPhotos = 30

// Photo is a picture of a demand, without the image.
type Photo struct {
	ID            string
	Seq           int // of the event that it came with
	Side          Side
	Width, Height int
}

// addPictures stores pictures with the last word of a command: of one that
// accepts and resolves, with the resolution.
func (s *Service) addPictures(ctx context.Context, tx *sqldb.Tx, d *Demand, pictures []Picture, now time.Time) error {
	if len(pictures) == 0 || len(d.news) == 0 {
		return nil
	}
	if len(pictures) > MaxPictures || d.Photos+len(pictures) > maxPhotos {
		return errs.E(errs.Invalid, "demand.check").WithField("photos", "demand.too_many_photos", "max", MaxPictures)
	}
	d.Photos += len(pictures)
	with := d.news[0]
	for _, e := range d.news {
		if e.Side != Machine {
			with = e
		}
	}
	return s.savePictures(ctx, tx, d, pictures, with.Seq, with.Side, now)
}

func (s *Service) savePictures(ctx context.Context, tx *sqldb.Tx, d *Demand, pictures []Picture, seq int, side Side, now time.Time) error {
	for _, p := range pictures {
		id := sqldb.NewID()
		full, err := s.opt.Sealer.Seal(string(p.Full), photoBinding(id))
		if err != nil {
			return err
		}
		thumb, err := s.opt.Sealer.Seal(string(p.Thumb), thumbBinding(id))
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO demand_photo (id, demand_id, seq, side, width, height, image, thumb, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, id, d.ID, seq, string(side), p.Width, p.Height, full, thumb, sqldb.Millis(now))
		if err != nil {
			return fmt.Errorf("demand: picture: %w", err)
		}
	}
	return nil
}

// photosOf lists a demand's pictures.
func photosOf(ctx context.Context, q sqldb.Querier, d *Demand) ([]Photo, error) {
	if d.Photos == 0 {
		return nil, nil
	}
	rows, err := q.QueryContext(ctx, `SELECT id, seq, side, width, height FROM demand_photo WHERE demand_id = $1 ORDER BY id`, d.ID)
	if err != nil {
		return nil, fmt.Errorf("demand: pictures: %w", err)
	}
	defer rows.Close()
	var list []Photo
	for rows.Next() {
		var p Photo
		if err := rows.Scan(&p.ID, &p.Seq, &p.Side, &p.Width, &p.Height); err != nil {
			return nil, fmt.Errorf("demand: pictures: %w", err)
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// PhotoFor opens a picture of a demand for somebody of the network who may read it.
func (s *Service) PhotoFor(ctx context.Context, actor auth.Actor, number, id string, thumb bool) ([]byte, error) {
	if actor.Anonymous() {
		return nil, auth.Denied(actor)
	}
	d, err := s.mine(ctx, s.opt.DB.Reader(), actor, number)
	if err != nil {
		return nil, err
	}
	return s.image(ctx, d, id, thumb)
}

// PhotoByTrack opens a picture for whoever holds the demand's key.
func (s *Service) PhotoByTrack(ctx context.Context, number, track, id string, thumb bool) ([]byte, error) {
	f, err := s.ByTrack(ctx, number, track)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(f.Photos, func(p Photo) bool { return p.ID == id }) {
		return nil, errs.E(errs.NotFound, "demand.no_photo")
	}
	d := &f.Demand
	return s.image(ctx, d, id, thumb)
}

func (s *Service) image(ctx context.Context, d *Demand, id string, thumb bool) ([]byte, error) {
	column, binding := "image", photoBinding(id)
	if thumb {
		column, binding = "thumb", thumbBinding(id)
	}
	sealed, err := texts(ctx, s.opt.DB.Reader(), `SELECT `+column+` FROM demand_photo WHERE id = $1 AND demand_id = $2`, id, d.ID)
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 {
		return nil, errs.E(errs.NotFound, "demand.no_photo")
	}
	image, err := s.opt.Sealer.Open(sealed[0], binding)
	return []byte(image), err
}

func photoBinding(id string) string { return "demand/photo/" + id }
func thumbBinding(id string) string { return "demand/thumb/" + id }
