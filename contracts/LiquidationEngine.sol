// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBackstopVault} from "./interfaces/IBackstopVault.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {ILiquidationEngine} from "./interfaces/ILiquidationEngine.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOrderBook} from "./interfaces/IOrderBook.sol";
import {FixedMath, PPM, WAD} from "./libraries/FixedMath.sol";
import {LiquidationMath} from "./libraries/LiquidationMath.sol";
import {FavourLogic} from "./logic/FavourLogic.sol";
import {HedgeUnwinding} from "./liquidation/HedgeUnwinding.sol";
import {LiquidationSettings} from "./liquidation/LiquidationSettings.sol";
import {Health, Reservation} from "./types/Account.sol";
import {Deleveraging, DeficitMode, MarketConfig} from "./types/Market.sol";
import {Action, Phase, Validity} from "./types/Price.sol";

/// @title The waterfall, in one call anyone may make
/// @notice Mechanism section 7. It holds no money and no positions; every step is a call to the ledger, the book, the vault or the
/// fund. None of them calls back, none touches a token, so nothing in a liquidation can be blocked by whom it concerns.
/// @dev No step that could be skipped for want of gas is wrapped in a try: a caller who supplies too little must fail, not make the
/// winners pay what the backstop would have taken.
contract LiquidationEngine is HedgeUnwinding {
    /// @dev One liquidation: what is known from the start, and what is left to do.
    /// `certain`: the market's price is VALID; steps 2 to 5, which assign at mark, ask for that.
    /// `flat`: cash is all that is left of the account, so that what it owes is final whatever a price is worth. It is settled at once,
    /// for nobody is paid to come back for it.
    /// `doubt`: what prices that are not VALID may add to the account's equity; the steps grant it that much.
    /// `gap`: what the index adds to the position while the guard holds the market (`phase`); it is asked whether the account
    /// is bankrupt with that much more, but what is missing is counted at mark, as everybody's position is.
    /// `whole` and `left`: what is to be closed, at the start and still. `apart`: the covered part of a short, which is not, while the
    /// account has equity. `margin`: maintenance of the whole.
    /// `before` and `health`: the account at the start and as last measured; `stale` once something has changed since.
    struct Run {
        uint32 account;
        uint8 market;
        bool long;
        bool certain;
        bool flat;
        bool holdsSpot;
        bool progressed;
        bool fundExhausted;
        address owner;
        uint256 mark;
        uint256 whole;
        uint256 left;
        uint256 apart;
        int256 quote;
        uint256 margin;
        uint256 limit;
        uint256 closedAtMark;
        int256 doubt;
        int256 gap;
        Phase phase;
        bool stale;
        MarketConfig config;
        Reservation reservation;
        Health before;
        Health health;
    }

    /// @dev Positions round by a few wei when they are split; cash is never counted on to the last of them.
    int256 private constant ROUNDING = 8;

    /// @dev How long the queue may work on a position after the waterfall has left it there, seconds.
    uint256 private constant QUEUE_WINDOW = 60;

    /// @inheritdoc ILiquidationEngine
    mapping(uint32 account => mapping(uint8 market => uint256)) public queuedAt;

    constructor(
        IClearingHouse ledger,
        IOrderBook book,
        IMarkPrice markPrice,
        address authority
    ) LiquidationSettings(ledger, book, markPrice, authority) {}

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @inheritdoc ILiquidationEngine
    function liquidate(uint32 account, uint8 market) external returns (uint256 closed) {
        return _liquidate(account, market);
    }

    // ---- the steps ---------------------------------------------------------------------------------------------------

    function _liquidate(uint32 account, uint8 market) internal override returns (uint256 closed) {
        Run memory run = _begin(account, market);
        if (run.whole != 0) {
            _closeOnBook(run);
            if (run.left != 0 && run.certain) _handToBackstop(run);
        }
        run.flat = run.left | run.apart | run.health.notional == 0 && !run.holdsSpot;
        if (run.flat) run.doubt = 0;
        if ((run.certain || run.flat) && _isBankrupt(run)) _settleBankruptcy(run);
        return _finish(run);
    }

    function _begin(uint32 account, uint8 market) private returns (Run memory run) {
        IClearingHouse.Examination memory found = LEDGER.examine(account, market, Action.LIQUIDATE);
        (run.doubt, run.gap) = _requireLiquidatable(account, market, found);
        run.certain = found.size == 0 ? run.doubt == 0 : found.price.validity == Validity.VALID;
        run.account = account;
        run.market = market;
        run.owner = found.owner;
        run.holdsSpot = found.spotAssets != 0;
        run.before = found.health;
        run.health = found.health;
        run.config = LEDGER.marketConfig(market);
        if (found.size == 0 && found.health.notional != 0) revert NoPosition(account, market);
        if (found.size == 0) return run;
        run.long = found.size > 0;
        run.apart = found.covered;
        run.whole = FixedMath.abs(found.size) - run.apart;
        uint256 rate = _maintenanceRate(run.config);
        if (run.whole == 0) {
            // Only once nothing of the account's is left to lose by it does a hedge lose its short alone.
            if (!run.certain || !_isBankrupt(run)) revert HedgeCovered(account, market, run.apart);
            (run.whole, run.apart) = (run.apart, 0);
            rate = _hedgedRate(run.config);
        }
        run.left = run.whole;
        run.quote = FixedMath.divDown(found.quote * int256(run.whole), int256(FixedMath.abs(found.size)));
        run.mark = found.price.mark;
        run.phase = found.price.phase;
        run.margin = LiquidationMath.maintenanceOf(run.whole, run.mark, rate);
        run.reservation = found.reservation;
    }

    /// @dev Step 1. Large positions of accounts that still have some margin go in slices with a pause between them, so that one dip
    /// does not sell a whole position into one book; a slice the book did not take whole starts no pause.
    function _closeOnBook(Run memory run) private {
        Parameters memory settings = _parameters;
        int256 share = LiquidationMath.equityShare(run.before.equity, run.margin, run.before.maintenanceMargin);
        uint256 bankruptcy = LiquidationMath.bankruptcyPrice(run.long, run.whole, run.mark, share);
        run.limit = LiquidationMath.slidingLimit(
            run.long,
            run.mark,
            bankruptcy,
            run.before.equity,
            run.before.maintenanceMargin
        );
        (uint256 size, bool sliced) = _bookSize(run, settings);
        if (sliced && block.timestamp < run.reservation.cooldownUntil) {
            revert CoolingDown(run.account, run.market, run.reservation.cooldownUntil);
        }
        if (run.reservation.bids | run.reservation.asks != 0) LEDGER.releaseAll(run.account, run.market, address(this));
        // In an auction nothing trades but at its one price; the steps after this one do not wait for it.
        if (run.phase == Phase.AUCTION) return;
        if (run.phase != Phase.OPEN) {
            run.limit = FavourLogic.guarded(address(MARK_PRICE), run.market, run.long, run.limit);
        }
        (uint256 filled, uint256 paid, uint256 met) = BOOK.executeLiquidation(
            run.account,
            run.market,
            !run.long,
            size,
            run.limit,
            settings.maxMakers
        );
        // Orders that had to be cleared away are progress too: a revert would put them back in the next caller's way.
        run.progressed = met != 0;
        if (filled == 0) return;
        run.left -= FixedMath.min(filled, run.left);
        if (sliced && filled >= size && run.left != 0) {
            LEDGER.startCooldown(run.account, run.market, uint32(block.timestamp + settings.cooldown));
        }
        emit PositionLiquidated(run.account, run.market, _signed(run, filled), paid, run.limit, bankruptcy);
        run.health = LEDGER.healthFor(run.account, Action.LIQUIDATE);
    }

    /// @dev What the book is asked for: enough to recover, no more than a slice, and never leaving dust behind.
    function _bookSize(Run memory run, Parameters memory settings) private pure returns (uint256 size, bool sliced) {
        size = LiquidationMath.sizeToRecover(
            LiquidationMath.Recovery({
                equity: run.before.equity,
                maintenance: run.before.maintenanceMargin,
                size: run.whole,
                mark: run.mark,
                limit: run.limit,
                maintenanceRate: _maintenanceRate(run.config),
                costRate: uint256(run.config.liquidationFee) + settings.rewardRate,
                buffer: settings.buffer
            })
        );
        sliced =
            FixedMath.wadDown(run.whole, run.mark) > uint256(settings.sliceAbove) * WAD &&
            !_isBelowThreshold(run, run.before);
        if (sliced) size = FixedMath.min(size, FixedMath.divUp(run.whole * settings.slice, PPM));
        uint256 rest = FixedMath.wadDown(run.whole - size, run.mark);
        if (rest < uint256(run.config.minimumNotional) * WAD) size = run.whole;
    }

    /// @dev Step 2. The vault never takes over from itself. What it takes leaves the account's margin ratio as it is.
    function _handToBackstop(Run memory run) private {
        IBackstopVault vault = backstop;
        if (address(vault) == address(0) || run.owner == address(vault)) return;
        if (!_isBelowThreshold(run, run.health)) return;
        // Taken over at a mark the index does not bear out, a solvent account would end up owing.
        if (run.gap != 0 && run.health.equity <= 0 && _atBest(run, run.health) > 0) return;
        (uint32 to, uint256 taken) = vault.absorb(run.market, _signed(run, run.left), run.mark);
        if (taken == 0) return;
        uint256 cash = _marginOf(run, taken);
        run.left -= taken;
        _changed(run);
        int256 size = _signed(run, taken);
        LEDGER.transferPosition(run.account, to, run.market, size, run.mark, cash, false);
        emit PositionTakenOver(run.account, run.market, to, size, run.mark, cash);
    }

    /// @dev The share of what margin is left that goes with a part of the position, less the liquidator's reward, and never
    /// more than the cash the account will have.
    function _marginOf(Run memory run, uint256 taken) private view returns (uint256) {
        if (run.health.equity <= 0) return 0;
        uint256 margin = LiquidationMath.maintenanceOf(taken, run.mark, _maintenanceRate(run.config));
        int256 share = LiquidationMath.equityShare(run.health.equity, margin, run.health.maintenanceMargin);
        int256 worth = int256(FixedMath.wadDown(run.whole, run.mark));
        int256 profit = FixedMath.divDown(((run.long ? worth : -worth) + run.quote) * int256(taken), int256(run.whole));
        int256 cash = run.health.cash + profit - ROUNDING;
        int256 least = share < cash ? share : cash;
        least -= int256(_rewardFor(run, taken));
        return least > 0 ? uint256(least) : 0;
    }

    /// @dev Spot is first sold: only what would be missing then is a deficit, and its haircut is nobody's to pay.
    function _isBankrupt(Run memory run) private returns (bool) {
        if (_atBest(run, run.health) > 0) return false;
        if (!run.holdsSpot) return true;
        // What spot sells for is not known under a doubtful price; it can be sold first.
        if (run.doubt != 0) return false;
        Health memory sold = LEDGER.healthFor(run.account, Action.DELEVERAGE);
        if (sold.equity > 0) return false;
        run.health = sold;
        return true;
    }

    /// @dev Steps 3 to 5, once equity is gone. In a market of the queue only what the steps before have closed is settled here: the
    /// queue asks the fund for the rest when it closes it.
    function _settleBankruptcy(Run memory run) private {
        uint256 deficit = _deficit(run);
        bool queue = run.config.deleveraging == Deleveraging.QUEUE;
        if (queue && run.whole != 0) deficit = (deficit * (run.whole - run.left)) / run.whole;
        uint256 unpaid = deficit == 0 ? 0 : deficit - _insure(run, deficit);
        if (queue && run.left != 0) _leaveToQueue(run);
        else if (run.whole != 0 && run.certain) _deleverage(run, unpaid);
    }

    /// @dev The share of negative equity that belongs to the whole position, rounded up. All of it for the last one.
    function _deficit(Run memory run) private pure returns (uint256) {
        int256 equity = run.health.equity + run.doubt;
        int256 share = LiquidationMath.equityShare(equity, run.margin, run.before.maintenanceMargin);
        return run.whole == 0 ? uint256(-equity) : uint256(-share);
    }

    /// @dev Step 3. The fund never pays itself.
    function _insure(Run memory run, uint256 deficit) private returns (uint256 paid) {
        IInsuranceFund fund = insurance;
        if (address(fund) != address(0) && run.owner != address(fund)) {
            paid = fund.pay(run.market, run.account, deficit);
        }
        run.fundExhausted = paid < deficit;
        if (paid == 0) return 0;
        _changed(run);
        emit DeficitInsured(run.account, run.market, deficit, paid);
    }

    /// @dev Steps 4 and 5. Where those torn up bear the deficit, what finds nobody in profit at the bankruptcy price falls back to
    /// the mark, and its deficit to all winners.
    function _deleverage(Run memory run, uint256 unpaid) private {
        if (run.config.deficitMode == DeficitMode.TORN_UP && run.left != 0 && unpaid != 0) {
            int256 share = -int256(unpaid);
            uint256 price = LiquidationMath.bankruptcyPrice(run.long, run.whole, run.mark, share);
            uint256 torn = _tearUp(run, price, 0).tornUp;
            uint256 apart = FixedMath.abs(int256(price) - int256(run.mark));
            unpaid -= FixedMath.min(unpaid, FixedMath.wadDown(torn, apart));
        }
        if (run.left == 0 && unpaid == 0) return;
        uint256 most = _parameters.maxTranches;
        uint256 tranches;
        // A flat account is not liquidated again: what the first tranches cannot pay, those beyond them do at once.
        do {
            IClearingHouse.Deleveraged memory done = _tearUp(run, run.mark, unpaid);
            (tranches, unpaid) = (done.tranches, unpaid - done.charged);
        } while (tranches >= most && run.left == 0 && unpaid != 0);
        if (run.left == 0 || tranches >= most) return;
        run.closedAtMark = LEDGER.closeAtMark(run.account, run.market, run.left, most);
        run.left -= run.closedAtMark;
        _changed(run);
    }

    function _tearUp(
        Run memory run,
        uint256 price,
        uint256 deficit
    ) private returns (IClearingHouse.Deleveraged memory done) {
        // With nothing left to close only the side is of interest, and a covered part that stays must not be closed for it.
        int256 size = _signed(run, run.left | run.apart != 0 ? run.left : run.whole);
        done = LEDGER.deleverage(run.account, run.market, size, price, deficit, _parameters.maxTranches);
        if (done.tranches == 0) return done;
        run.left -= done.tornUp;
        _changed(run);
        emit PositionDeleveraged(
            run.account,
            run.market,
            _signed(run, done.tornUp),
            price,
            done.charged,
            done.tranches
        );
    }

    /// @dev Step 4 by the queue; step 5 at once if nobody in profit is left, which the ledger alone can tell.
    function _leaveToQueue(Run memory run) private {
        try LEDGER.closeAtMark(run.account, run.market, run.left, _parameters.maxTranches) returns (uint256 closed) {
            run.closedAtMark = closed;
            run.left -= closed;
            _changed(run);
        } catch {
            if (block.timestamp < queuedAt[run.account][run.market] + QUEUE_WINDOW) return;
            queuedAt[run.account][run.market] = block.timestamp;
            run.progressed = true;
            emit DeleveragingQueued(run.account, run.market, _signed(run, run.left));
        }
    }

    function _finish(Run memory run) private returns (uint256 closed) {
        closed = run.whole - run.left;
        Health memory health = run.stale ? LEDGER.healthFor(run.account, Action.LIQUIDATE) : run.health;
        uint256 loss;
        // What spot without a good price sells for decides what is lost: until then it stays the account's debt.
        if ((run.flat || (run.certain && run.doubt == 0)) && health.notional == 0 && health.equity < 0) {
            loss = LEDGER.socialiseLoss(run.account);
            health.equity += int256(loss);
        }
        if (loss == 0 && !run.progressed) _revertNothingToDo(run);
        if (run.closedAtMark != 0 || loss != 0) {
            emit LossSocialised(run.account, run.market, _signed(run, run.closedAtMark), loss);
        }
        uint256 reward = _reward(run, health, closed);
        if (run.before.equity > 0) health.equity -= int256(reward);
        emit Liquidation(
            run.account,
            run.market,
            msg.sender,
            _signed(run, closed),
            run.before.equity,
            run.before.maintenanceMargin,
            health.equity,
            health.maintenanceMargin,
            reward
        );
    }

    // ---- the liquidator's reward -------------------------------------------------------------------------------------

    /// @dev From the account while it has equity, out of what closing has freed beyond its margin ratio, so that the reward never
    /// worsens it (P10). From the fund once equity is gone, and then no more than the lower of the two trading fees on the lower of
    /// entry and mark: whoever opened the position has paid as much, so owning both sides and the liquidator earns nothing.
    function _reward(Run memory run, Health memory health, uint256 closed) private returns (uint256 reward) {
        if (closed == 0) return 0;
        uint32 to = LEDGER.accountOf(msg.sender, 0);
        if (to == 0 || to == run.account) return 0;
        reward = _rewardFor(run, closed);
        if (run.before.equity > 0) {
            int256 spare = _spare(run, health);
            if (spare <= 0) return 0;
            reward = FixedMath.min(reward, uint256(spare));
            if (reward != 0) LEDGER.transferCash(run.account, to, reward);
        } else {
            uint256 entry = (FixedMath.abs(run.quote) * closed) / run.whole;
            uint256 fee = FixedMath.min(run.config.makerFee, run.config.takerFee);
            uint256 bounty = (FixedMath.min(entry, FixedMath.wadDown(closed, run.mark)) * fee) / PPM;
            reward = FixedMath.min(reward, bounty);
            if (reward == 0 || run.fundExhausted || address(insurance) == address(0)) return 0;
            reward = insurance.pay(run.market, to, reward);
        }
    }

    /// @dev Equity beyond what keeps the margin ratio where it was, at most the account's settled cash.
    function _spare(Run memory run, Health memory health) private view returns (int256) {
        uint256 kept = FixedMath.divUp(
            uint256(run.before.equity) * health.maintenanceMargin,
            run.before.maintenanceMargin
        );
        int256 spare = health.equity - int256(kept);
        int256 cash = LEDGER.accountData(run.account).cash;
        return spare < cash ? spare : cash;
    }

    function _rewardFor(Run memory run, uint256 closed) private view returns (uint256) {
        Parameters memory settings = _parameters;
        uint256 reward = (FixedMath.wadDown(closed, run.mark) * settings.rewardRate) / PPM;
        return FixedMath.min(reward, uint256(settings.maxReward) * WAD);
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _isBelowThreshold(Run memory run, Health memory health) private pure returns (bool) {
        return _atBest(run, health) * int256(PPM) < int256(health.maintenanceMargin * run.config.backstopThreshold);
    }

    /// @dev Equity with what prices in doubt may add to it, and the index to the part of the position that is left.
    function _atBest(Run memory run, Health memory health) private pure returns (int256) {
        int256 gap = run.gap;
        if (run.left != run.whole) gap = (gap * int256(run.left + run.apart)) / int256(run.whole + run.apart);
        return health.equity + run.doubt + gap;
    }

    function _changed(Run memory run) private pure {
        run.progressed = true;
        run.stale = true;
    }

    function _signed(Run memory run, uint256 size) private pure returns (int256) {
        return run.long ? int256(size) : -int256(size);
    }

    function _revertNothingToDo(Run memory run) private pure {
        revert NothingToDo(
            run.account,
            run.market,
            run.health.equity,
            run.health.maintenanceMargin,
            run.left,
            run.limit
        );
    }
}
