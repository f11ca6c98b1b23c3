// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {IMarkPrice} from "./interfaces/IMarkPrice.sol";
import {IOpenInterestCaps} from "./interfaces/IOpenInterestCaps.sol";
import {LedgerViews} from "./LedgerViews.sol";
import {AccountLogic} from "./logic/AccountLogic.sol";
import {DeleveragingLogic} from "./logic/DeleveragingLogic.sol";
import {ListingLogic} from "./logic/ListingLogic.sol";
import {ReservationLogic} from "./logic/ReservationLogic.sol";
import {TradeLogic} from "./logic/TradeLogic.sol";
import {TransferLogic} from "./logic/TransferLogic.sol";
import {ViewLogic} from "./logic/ViewLogic.sol";
import {Health, Reservation} from "./types/Account.sol";
import {FeeSplit, Module} from "./types/Ledger.sol";
import {MarketConfig, MarketStatus} from "./types/Market.sol";
import {Action} from "./types/Price.sol";
import {SpotAsset} from "./types/SpotAsset.sol";
import {Trade} from "./types/Trade.sol";

/// @title The ledger: accounts, collateral, positions, funding, margin. All money is here
/// @notice Quote amounts are WAD inside and the token's own decimals at the boundary; sizes are base, WAD; prices quote per base,
/// WAD. Every rounding is against the caller and stays in this contract. The rules are in the libraries under `logic/`, which act
/// on this contract's storage; this file says who may call what, LedgerViews what anyone may read.
contract ClearingHouse is AccessManaged, LedgerViews, Multicall, ReentrancyGuardTransient {
    /// @notice The caller does not have the module role a function asks for.
    error NotModule(address caller, Module held);
    /// @notice The quote token has more than 18 decimals.
    error UnsupportedDecimals(uint8 decimals);

    /// @notice A contract was given a role, or lost it with NONE.
    event ModuleSet(address indexed module, Module role);
    /// @notice An address may trade for an account from now on, or may no longer.
    event OperatorSet(uint32 indexed account, address indexed operator, bool allowed);
    /// @notice Every order of the account placed under an older epoch is void.
    event OrdersVoided(uint32 indexed account, uint8 indexed market, uint32 epoch);
    /// @notice No further partial liquidation of the account in the market before `until`.
    event CooldownStarted(uint32 indexed account, uint8 indexed market, uint32 until);
    /// @notice A guardian stopped opening trades in a market.
    event MarketRestricted(uint8 indexed market);

    modifier only(Module role) {
        _requireModule(role, role);
        _;
    }

    modifier onlyEither(Module role, Module other) {
        _requireModule(role, other);
        _;
    }

    /// @param quote the token all cash is in, at most 18 decimals
    /// @param authority OpenZeppelin AccessManager that governs parameters
    constructor(address quote, address authority) AccessManaged(authority) {
        uint8 decimals = IERC20Metadata(quote).decimals();
        if (decimals > 18) revert UnsupportedDecimals(decimals);
        _ledger.quoteToken = IERC20(quote);
        _ledger.quoteScale = uint64(10 ** (18 - decimals));
    }

    // ---- anyone ------------------------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function openAccount(uint8 subaccount) external returns (uint32) {
        return AccountLogic.open(_ledger, msg.sender, subaccount);
    }

    /// @inheritdoc IClearingHouse
    function deposit(uint32 account, uint256 tokens) external nonReentrant {
        AccountLogic.deposit(_ledger, account, tokens);
    }

    /// @notice Deposits with an EIP-2612 permit. A permit somebody else already used is no obstacle: the allowance decides.
    /// @param tokens in the token's own decimals; credited exactly
    function depositWithPermit(
        uint32 account,
        uint256 tokens,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        address token = address(_ledger.quoteToken);
        try IERC20Permit(token).permit(msg.sender, address(this), tokens, deadline, v, r, s) {} catch {}
        AccountLogic.deposit(_ledger, account, tokens);
    }

    /// @inheritdoc IClearingHouse
    function withdraw(uint32 account, uint256 tokens, address to) external nonReentrant returns (uint256 paid) {
        return AccountLogic.withdraw(_ledger, account, tokens, to);
    }

    /// @inheritdoc IClearingHouse
    function transfer(uint32 from, uint32 to, uint256 amount) external nonReentrant {
        AccountLogic.transfer(_ledger, from, to, amount);
    }

    /// @notice Deposits a listed spot asset into an account. Anyone, for any account.
    /// @param tokens in the asset's own decimals; credited exactly
    function depositSpot(uint32 account, uint8 asset, uint256 tokens) external nonReentrant {
        AccountLogic.depositSpot(_ledger, account, asset, tokens);
    }

    /// @notice Withdraws spot. Only the owner. What stays must cover what a withdrawal of cash would have to leave.
    /// @param tokens in the asset's own decimals
    function withdrawSpot(uint32 account, uint8 asset, uint256 tokens, address to) external nonReentrant {
        AccountLogic.withdrawSpot(_ledger, account, asset, tokens, to);
    }

    /// @notice Lets an address trade for an account, never withdraw. Only the owner.
    function setOperator(uint32 account, address operator, bool allowed) external {
        AccountLogic.requireOwner(_ledger, account, msg.sender);
        _ledger.operators[account][operator] = allowed;
        emit OperatorSet(account, operator, allowed);
    }

    /// @inheritdoc IClearingHouse
    function poke(uint32 account, uint8 market) external nonReentrant {
        TradeLogic.poke(_ledger, account, market);
    }

    /// @inheritdoc IClearingHouse
    function refreshCap(uint8 market) external nonReentrant {
        ListingLogic.refreshCap(_ledger, market);
    }

    /// @notice Closes a position smaller than the market's minimum at mark, taker fee paid; the treasury takes it over. Only
    /// the account's owner or operator. What tear-ups leave below a lot is never stuck (property P14). Reverts with InsufficientCash
    /// if it is the last and would end in debt: that is a liquidation's to settle.
    function closeDust(uint32 account, uint8 market) external nonReentrant {
        AccountLogic.requireMayTrade(_ledger, account, msg.sender);
        TransferLogic.closeDust(_ledger, account, market);
    }

    /// @notice Pays accrued fees out: first against the socialised loss, then to insurance, backstop and treasury. Anyone.
    function distributeFees() external nonReentrant {
        AccountLogic.distributeFees(_ledger);
    }

    // ---- the order book ----------------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function settle(
        Trade calldata trade
    ) external onlyEither(Module.BOOK, Module.HOUSE) nonReentrant returns (uint256 rejected) {
        return TradeLogic.settle(_ledger, trade);
    }

    /// @inheritdoc IClearingHouse
    function reserve(
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        address caller
    ) external only(Module.BOOK) nonReentrant returns (uint32 epoch) {
        return TradeLogic.reserve(_ledger, account, market, bids, asks, caller);
    }

    /// @inheritdoc IClearingHouse
    function release(
        uint32 account,
        uint8 market,
        uint256 bids,
        uint256 asks,
        uint32 epoch,
        address caller
    ) external only(Module.BOOK) {
        if (caller != msg.sender) AccountLogic.requireMayTrade(_ledger, account, caller);
        ReservationLogic.release(_ledger, account, market, bids, asks, epoch);
    }

    /// @inheritdoc IClearingHouse
    function releaseAll(uint32 account, uint8 market, address caller) external {
        Module held = _ledger.modules[msg.sender];
        if (held == Module.BOOK) AccountLogic.requireMayTrade(_ledger, account, caller);
        else if (held != Module.ENGINE) revert NotModule(msg.sender, held);
        Reservation storage orders = _ledger.holdings[account][market].reservation;
        orders.bids = 0;
        orders.asks = 0;
        emit OrdersVoided(account, market, ++orders.epoch);
    }

    // ---- the liquidation engine and the queue ------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function healthFor(uint32 account, Action action) external nonReentrant returns (Health memory) {
        return ViewLogic.healthFor(_ledger, account, action);
    }

    /// @inheritdoc IClearingHouse
    function examine(uint32 account, uint8 market, Action action) external nonReentrant returns (Examination memory) {
        return ViewLogic.examine(_ledger, account, market, action);
    }

    /// @inheritdoc IClearingHouse
    function transferPosition(
        uint32 from,
        uint32 to,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 cash,
        bool chosen
    ) external onlyEither(Module.ENGINE, Module.QUEUE) nonReentrant {
        TransferLogic.transferPosition(_ledger, from, to, market, size, price, cash, chosen);
    }

    /// @inheritdoc IClearingHouse
    function transferCash(
        uint32 from,
        uint32 to,
        uint256 amount
    ) external onlyEither(Module.ENGINE, Module.FUND) nonReentrant {
        TransferLogic.transferCash(_ledger, from, to, amount);
    }

    /// @inheritdoc IClearingHouse
    function payTip(
        uint32 account,
        uint32 to,
        uint256 amount
    ) external only(Module.TRIGGERS) nonReentrant returns (uint256 paid) {
        paid = AccountLogic.withdrawable(_ledger, account);
        if (paid > amount) paid = amount;
        if (paid != 0) TransferLogic.transferCash(_ledger, account, to, paid);
    }

    /// @inheritdoc IClearingHouse
    function deleverage(
        uint32 account,
        uint8 market,
        int256 size,
        uint256 price,
        uint256 deficit,
        uint256 maxTranches
    ) external only(Module.ENGINE) nonReentrant returns (Deleveraged memory) {
        return DeleveragingLogic.deleverage(_ledger, account, market, size, price, deficit, maxTranches);
    }

    /// @inheritdoc IClearingHouse
    function closeAtMark(
        uint32 account,
        uint8 market,
        uint256 size,
        uint256 maxTranches
    ) external only(Module.ENGINE) nonReentrant returns (uint256 closed) {
        return DeleveragingLogic.closeAtMark(_ledger, account, market, size, maxTranches);
    }

    /// @inheritdoc IClearingHouse
    function socialiseLoss(uint32 account) external only(Module.ENGINE) nonReentrant returns (uint256 loss) {
        return TransferLogic.socialiseLoss(_ledger, account);
    }

    /// @inheritdoc IClearingHouse
    function startCooldown(uint32 account, uint8 market, uint32 until) external only(Module.ENGINE) {
        _ledger.holdings[account][market].reservation.cooldownUntil = until;
        emit CooldownStarted(account, market, until);
    }

    /// @inheritdoc IClearingHouse
    function sellSpot(
        uint32 account,
        uint32 buyer,
        uint8 asset,
        uint256 amount,
        uint256 discount
    ) external only(Module.ENGINE) nonReentrant returns (uint256 paid) {
        return TransferLogic.sellSpot(_ledger, account, buyer, asset, amount, discount);
    }

    // ---- the sale of freed spot --------------------------------------------------------------------------------------

    /// @inheritdoc IClearingHouse
    function releaseFreedSpot(
        uint32 account,
        uint8 market,
        uint256 most
    ) external only(Module.SALE) nonReentrant returns (address token, uint256 tokens) {
        return AccountLogic.releaseFreedSpot(_ledger, account, market, most);
    }

    // ---- governance --------------------------------------------------------------------------------------------------

    /// @notice Gives a contract its role, or takes it with NONE. Governance.
    function setModule(address module, Module role) external restricted {
        _ledger.modules[module] = role;
        emit ModuleSet(module, role);
    }

    /// @notice Sets where prices come from. Governance. Reverts with UnsafeParameter if a listed market's mark may there stray too far
    /// from the index, or move too fast, for the market's margin; and if it is the zero address once a market is listed.
    function setMarkPrice(IMarkPrice price) external restricted {
        ListingLogic.setMarkPrice(_ledger, price);
    }

    /// @notice Names what bounds open interest beside the static caps; zero for nothing. Governance.
    function setOpenInterestCaps(IOpenInterestCaps caps) external restricted {
        ListingLogic.setOpenInterestCaps(_ledger, caps);
    }

    /// @notice Lists a market under a free id below 16. Governance. Reverts with UnsafeParameter and the rule broken.
    function listMarket(uint8 market, MarketConfig calldata config) external restricted {
        ListingLogic.listMarket(_ledger, market, config);
    }

    /// @notice Changes a market's parameters, under the same rules as listing. Governance. Reverts with UnsafeParameter besides if a
    /// spot asset that the market prices has no haircut beyond its discount that covers the new maintenance.
    function setMarket(uint8 market, MarketConfig calldata config) external restricted {
        ListingLogic.setMarket(_ledger, market, config);
    }

    /// @notice Stops opening trades in a market; closing goes on. Guardian. Only governance can lift it, with `setMarket`.
    function restrictMarket(uint8 market) external restricted {
        if (_ledger.configs[market].status != MarketStatus.ACTIVE) return;
        _ledger.configs[market].status = MarketStatus.REDUCE_ONLY;
        emit MarketRestricted(market);
    }

    /// @notice Lists a spot asset, or changes its haircut, its discount and the market that prices it. Governance. Reverts with
    /// UnsafeParameter and the rule broken, and with ListingMismatch if that market is not listed.
    function listSpotAsset(uint8 asset, SpotAsset calldata spot) external restricted {
        ListingLogic.listSpotAsset(_ledger, asset, spot);
    }

    /// @notice Sets who receives fees. Governance.
    function setFeeSplit(FeeSplit calldata split) external restricted {
        ListingLogic.setFeeSplit(_ledger, split);
    }

    // ---- internals ---------------------------------------------------------------------------------------------------

    function _requireModule(Module role, Module other) private view {
        Module held = _ledger.modules[msg.sender];
        if (held != role && held != other) revert NotModule(msg.sender, held);
    }
}
